"""Issuer's claims out of form, with good signatures: form alone refuses them."""

from collections.abc import Iterator

from tests.oracle.cc1.form_rows import (
    CLOSED,
    EXP,
    KIND,
    LOOSE,
    NBF,
    RANGE,
    Row,
    card_signed,
    cases_of,
    longer,
    time_rows,
)
from tests.oracle.cc1.scene import (
    KID,
    NOW,
    PHONE,
    SUBJECT,
    Case,
    Pairs,
    Raw,
    card,
    claims,
    cnf_of,
    dynamic,
    inner,
    public,
    spell,
    static,
)


def card_claims() -> Iterator[Case]:
    """What stands in the issuer's claims of a printed card."""
    for claim in ("exp", "nbf"):
        yield from cases_of((n, c, _with(claim, item)) for n, c, item in time_rows(claim))
    yield from cases_of(_number_rows())
    yield from cases_of(_card_rows())
    yield from cases_of(_label_rows())


def _with(name: str, item: object) -> Raw:
    return static(claims(**{name: item}))


def _number_rows() -> Iterator[Row]:
    for name, values in (
        ("types", (0, 23, 24, 255, 256, 65_535, 65_536, 0xFFFF_FFFF)),
        ("capabilities", (0, 23, 24, 127)),
        ("status", (0, 23, 24, 255, 256, 65_535, 65_536, 0xFFFF_FFFF)),
    ):
        for value in values:
            for width, raw in longer(value):
                yield f"{name}: {value} in {width} octets", LOOSE, _with(name, raw)
    for name, item in (
        ("types: 2^32", 1 << 32),
        ("types: -1", -1),
        ("capabilities: 128", 128),
        ("capabilities: 255", 255),
        ("capabilities: -1", -1),
        ("status: 2^32", 1 << 32),
        ("status: -1", -1),
        ("version: 0", 0),
        ("version: 2", 2),
    ):
        yield name, RANGE, _with(name.split(":")[0], item)
    yield "version: 1 in 1 octet", LOOSE, _with("version", Raw(b"\x18\x01"))
    yield "types: a float", KIND, _with("types", Raw(b"\xf9\x42\x00"))
    yield "capabilities: true", KIND, _with("capabilities", Raw(b"\xf5"))
    yield "status: null", KIND, _with("status", Raw(b"\xf6"))


def _card_rows() -> Iterator[Row]:
    for length in (0, 7, 9):
        yield f"subject: {length} octets", RANGE, _with("subject", bytes(length))
    yield "subject: text", KIND, _with("subject", "a1b2c3d4")
    yield "subject: length in 1 octet", LOOSE, _with("subject", Raw(b"\x58\x08" + SUBJECT))
    yield "subject: in pieces", LOOSE, _with("subject", Raw(b"\x5f\x48" + SUBJECT + b"\xff"))
    members = card()
    whole = spell(members)
    for name, comment, item in (
        ("four members", CLOSED, members[:4]),
        ("six members", CLOSED, [*members, 0]),
        ("none", CLOSED, Raw(b"\x80")),
        ("a map", KIND, dict(enumerate(members))),
        (
            "length in 1 octet",
            LOOSE,
            Raw(b"\x98" + whole[:1].replace(b"\x85", b"\x05") + whole[1:]),
        ),
        ("indefinite length", LOOSE, Raw(b"\x9f" + whole[1:] + b"\xff")),
        ("in octets", KIND, whole),
        ("tagged", CLOSED, Raw(b"\xc6" + whole)),
    ):
        yield f"card: {name}", comment, _with("card", item)


def _label_rows() -> Iterator[Row]:
    good = list(claims().items())
    for label, item in ((1, "city.example"), (2, "x"), (3, "x"), (6, NOW), (7, b"x"), (9, 0)):
        pairs = sorted([*good, (label, item)], key=lambda pair: spell(pair[0]))
        yield f"claims: unknown label {label}", CLOSED, static(Pairs(pairs))
    for label in (-65_538, "x", b"x"):
        yield f"claims: unknown label {label!r}", CLOSED, static(Pairs([*good, (label, 0)]))
    for index, name in enumerate(("exp", "nbf", "card")):
        yield f"claims: no {name}", CLOSED, static(Pairs(good[:index] + good[index + 1 :]))
        twice = Pairs(good[: index + 1] + good[index:])
        yield f"claims: {name} twice", "Which of two counts differs by library.", static(twice)
    exp, nbf, last = good
    for name, pairs in (
        ("nbf before exp", [nbf, exp, last]),
        ("card first", [last, exp, nbf]),
        ("card between", [exp, last, nbf]),
    ):
        yield f"claims: {name}", LOOSE, static(Pairs(pairs))
    body = spell(claims())[1:]
    for name, octets in (
        ("length in 1 octet", b"\xb8\x03" + body),
        ("indefinite length", b"\xbf" + body + b"\xff"),
        ("label 4 in 1 octet", b"\xa3\x18" + body),
        (
            "label -65537 in 8 octets",
            spell(claims()).replace(b"\x3a\0\1\0\0", b"\x3b" + bytes(5) + b"\1\0\0"),
        ),
        ("an octet behind", spell(claims()) + b"\0"),
        ("tagged as CWT", b"\xd8\x3d" + spell(claims())),
        ("none", b""),
        ("an empty map", b"\xa0"),
        ("an array", spell([EXP, NBF, card()])),
        ("one octet short", spell(claims())[:-1]),
    ):
        yield f"claims: {name}", LOOSE, card_signed(payload=octets)
    yield "claims: cnf null", KIND, static(Pairs([exp, nbf, (8, Raw(b"\xf6")), last]))
    yield (
        "claims: one label more than there are",
        "A length that the octets do not hold must not be read past their end.",
        card_signed(payload=b"\xa4" + body),
    )


def confirmation() -> Iterator[Case]:
    """The phone's key within the issuer's claims, each in an otherwise good code of the phone."""
    key = public(PHONE)
    rows: list[Row] = [
        ("empty", CLOSED, {}),
        ("a kid, not a key", CLOSED, {3: KID}),
        ("a kid beside the key", CLOSED, {**cnf_of(), 3: KID}),
        ("label in 1 octet", LOOSE, Pairs([(Raw(b"\x18\x01"), cnf_of()[1])])),
        ("the key without its map", KIND, cnf_of()[1]),
        ("an array", KIND, [1, cnf_of()[1]]),
    ]
    keys: list[Row] = [
        ("kty 2", RANGE, {1: 2, -1: 6, -2: key}),
        ("kty 4", RANGE, {1: 4, -1: 6, -2: key}),
        ("kty text", KIND, {1: "OKP", -1: 6, -2: key}),
        ("kty in 1 octet", LOOSE, {1: Raw(b"\x18\x01"), -1: 6, -2: key}),
        ("no kty", CLOSED, {-1: 6, -2: key}),
        ("crv X25519", RANGE, {1: 1, -1: 4, -2: key}),
        ("crv Ed448", RANGE, {1: 1, -1: 7, -2: key}),
        ("crv in 1 octet", LOOSE, {1: 1, -1: Raw(b"\x18\x06"), -2: key}),
        ("no crv", CLOSED, {1: 1, -2: key}),
        ("x of 31 octets", RANGE, {1: 1, -1: 6, -2: key[:31]}),
        ("x of 33 octets", RANGE, {1: 1, -1: 6, -2: key + b"\0"}),
        ("x of none", RANGE, {1: 1, -1: 6, -2: b""}),
        ("x text", KIND, {1: 1, -1: 6, -2: "x" * 32}),
        ("x, its length in 2 octets", LOOSE, {1: 1, -1: 6, -2: Raw(b"\x59\0\x20" + key)}),
        ("no x", CLOSED, {1: 1, -1: 6}),
        ("x before crv", LOOSE, Pairs([(1, 1), (-2, key), (-1, 6)])),
        ("crv before kty", LOOSE, Pairs([(-1, 6), (1, 1), (-2, key)])),
        ("x twice", CLOSED, Pairs([(1, 1), (-1, 6), (-2, key), (-2, key)])),
        ("alg within", CLOSED, {1: 1, 3: -19, -1: 6, -2: key}),
        ("kid within", CLOSED, {1: 1, 2: KID, -1: 6, -2: key}),
        ("a private part", "No secret belongs in a code.", {1: 1, -1: 6, -2: key, -4: bytes(32)}),
    ]
    rows += [(f"key: {name}", comment, {1: item}) for name, comment, item in keys]
    for name, comment, item in rows:
        part = inner(claims(cnf=item))
        yield from cases_of([(f"cnf {name}", comment, dynamic(issuer_part=part))])
    exp, nbf, cnf, last = claims(cnf=cnf_of()).items()
    for name, pairs in (
        ("behind the card", [exp, nbf, last, cnf]),
        ("first", [cnf, exp, nbf, last]),
        ("twice", [exp, nbf, cnf, cnf, last]),
    ):
        part = inner(Pairs(pairs))
        yield from cases_of([(f"cnf {name}", LOOSE, dynamic(issuer_part=part))])
