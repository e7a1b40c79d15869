"""COSE frames and headers out of form, with good signatures: form alone refuses them."""

from collections.abc import Iterator

from tests.oracle.cc1 import codes
from tests.oracle.cc1.cbor import head
from tests.oracle.cc1.form_rows import CLOSED, EXP, KIND, LOOSE, RANGE, Row, card_signed, cases_of
from tests.oracle.cc1.scene import KID, Case, Pairs, Raw, claims, spell, static


def header() -> Iterator[Case]:
    """What stands in the issuer's protected header."""
    rows: list[Row] = [
        (f"alg: {alg}", RANGE, {1: alg, 4: KID}) for alg in (-7, -9, -18, -20, -53, 0, 19)
    ]
    rows += [
        ("alg: text", KIND, {1: "EdDSA", 4: KID}),
        ("alg: null", KIND, {1: Raw(b"\xf6"), 4: KID}),
        ("alg: -19 in 1 octet", LOOSE, {1: Raw(b"\x38\x12"), 4: KID}),
        ("alg: -8 in 1 octet", LOOSE, {1: Raw(b"\x38\x07"), 4: KID}),
        ("no alg", CLOSED, {4: KID}),
        ("no kid", CLOSED, {1: -19}),
        ("kid before alg", LOOSE, Pairs([(4, KID), (1, -19)])),
        ("alg twice", CLOSED, Pairs([(1, -19), (1, -19), (4, KID)])),
        ("kid twice", CLOSED, Pairs([(1, -19), (4, KID), (4, KID)])),
        ("kid: text", KIND, {1: -19, 4: "01234567"}),
        ("kid: length in 1 octet", LOOSE, {1: -19, 4: Raw(b"\x58\x08" + KID)}),
        ("kid: in pieces", LOOSE, {1: -19, 4: Raw(b"\x5f\x48" + KID + b"\xff")}),
        ("crit", CLOSED, {1: -19, 2: [4], 4: KID}),
        ("content type", CLOSED, {1: -19, 3: 61, 4: KID}),
        ("IV", CLOSED, {1: -19, 4: KID, 5: bytes(8)}),
        ("kcwt beside kid", CLOSED, {1: -19, 4: KID, 13: static()}),
        ("CWT claims", CLOSED, {1: -19, 4: KID, 15: {4: EXP}}),
        ("a text label", CLOSED, Pairs([(1, -19), (4, KID), ("x", 0)])),
    ]
    rows += [(f"kid: {n} octets", RANGE, {1: -19, 4: bytes(n)}) for n in (0, 7, 9, 32)]
    yield from cases_of((f"header: {n}", c, static(header=item)) for n, c, item in rows)
    good = spell({1: -19, 4: KID})
    yield from cases_of(
        (f"header: {name}", LOOSE, card_signed(protected=octets))
        for name, octets in (
            ("no octets", b""),
            ("an empty map", b"\xa0"),
            ("an octet behind", good + b"\0"),
            ("one octet short", good[:-1]),
            ("length in 1 octet", b"\xb8\x02" + good[1:]),
            ("indefinite length", b"\xbf" + good[1:] + b"\xff"),
            ("label 1 in 1 octet", b"\xa2\x18" + good[1:]),
            ("label 4 in 1 octet", good.replace(b"\x04\x48", b"\x18\x04\x48")),
            ("an array", spell([1, -19, 4, KID])),
        )
    )


def frame() -> Iterator[Case]:
    """The COSE_Sign1 around an issuer's part."""
    good = static()
    protected, _, payload, signature = codes.cbor.decode(good)
    rest = good[1:]
    members: list[Row] = [
        ("protected: a map, not its octets", KIND, [{1: -19, 4: KID}, {}, payload, signature]),
        ("unprotected: a kid", CLOSED, [protected, {4: KID}, payload, signature]),
        ("unprotected: an unknown label", CLOSED, [protected, {99: 0}, payload, signature]),
        ("unprotected: null", KIND, [protected, Raw(b"\xf6"), payload, signature]),
        ("unprotected: an array", KIND, [protected, [], payload, signature]),
        ("unprotected: octets", KIND, [protected, b"", payload, signature]),
        ("unprotected: length in 1 octet", LOOSE, [protected, Raw(b"\xb8\0"), payload, signature]),
        ("unprotected: indefinite", LOOSE, [protected, Raw(b"\xbf\xff"), payload, signature]),
        ("payload: null", KIND, [protected, {}, Raw(b"\xf6"), signature]),
        ("payload: a map, not its octets", KIND, [protected, {}, claims(), signature]),
        (
            "payload: in pieces",
            LOOSE,
            [protected, {}, Raw(b"\x5f" + spell(payload) + b"\xff"), signature],
        ),
        (
            "payload: length in 2 octets",
            LOOSE,
            [protected, {}, Raw(head(2, len(payload), 2) + payload), signature],
        ),
        (
            "protected: length in 1 octet",
            LOOSE,
            [Raw(head(2, len(protected), 1) + protected), {}, payload, signature],
        ),
        (
            "signature: length in 2 octets",
            LOOSE,
            [protected, {}, payload, Raw(b"\x59\0\x40" + signature)],
        ),
        ("signature: none", RANGE, [protected, {}, payload, b""]),
        ("signature: 63 octets", RANGE, [protected, {}, payload, signature[:63]]),
        ("signature: 65 octets", RANGE, [protected, {}, payload, signature + b"\0"]),
        ("signature: 128 octets", RANGE, [protected, {}, payload, signature * 2]),
        ("signature: text", KIND, [protected, {}, payload, "s" * 64]),
        ("three members", CLOSED, [protected, payload, signature]),
        ("five members", CLOSED, [protected, {}, payload, signature, 0]),
        (
            "COSE_Sign: an array of signatures",
            CLOSED,
            [protected, {}, payload, [[protected, {}, signature]]],
        ),
    ]
    yield from cases_of((f"code: {n}", c, spell(item)) for n, c, item in members)
    yield from cases_of(
        (f"code: {name}", comment, octets)
        for name, comment, octets in (
            (
                "tag 18",
                "COSE's own tag: CC1 is untagged, so that one credential has one text.",
                b"\xd2" + good,
            ),
            ("tag 61 and 18", "CWT's own tags.", b"\xd8\x3d\xd2" + good),
            ("tag 55799", "CBOR's own tag.", b"\xd9\xd9\xf7" + good),
            ("length in 1 octet", LOOSE, b"\x98\x04" + rest),
            ("indefinite length", LOOSE, b"\x9f" + rest + b"\xff"),
            ("in octets", KIND, spell(bytes(good))),
            ("an octet behind", LOOSE, good + b"\0"),
            ("a null behind", LOOSE, good + b"\xf6"),
            ("a second code behind", "A sequence of two codes is none.", good + good),
            ("an octet before", LOOSE, b"\0" + good),
            ("one octet short", LOOSE, good[:-1]),
            ("an empty array", CLOSED, b"\x80"),
            ("an empty map", CLOSED, b"\xa0"),
            ("null", CLOSED, b"\xf6"),
            ("one octet 00", CLOSED, b"\0"),
            ("octets of ff", CLOSED, b"\xff" * 120),
            ("nested arrays", "A reader that recurses must not fall over.", b"\x81" * 288),
            ("an array of 2^64-1", "No memory is taken for a length alone.", b"\x9b" + b"\xff" * 8),
            ("octets of 2^64-1", "No memory is taken for a length alone.", b"\x5b" + b"\xff" * 8),
            ("a map of 2^32-1", "No memory is taken for a length alone.", b"\xba" + b"\xff" * 4),
        )
    )
