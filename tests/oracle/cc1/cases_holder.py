"""A phone's claims, header and frame out of form, with good signatures."""

from collections.abc import Iterator

from tests.oracle.cc1 import codes
from tests.oracle.cc1.cbor import head
from tests.oracle.cc1.form_rows import CLOSED, KIND, LOOSE, RANGE, Row, cases_of, time_rows
from tests.oracle.cc1.scene import (
    KID,
    NOW,
    PHONE,
    Case,
    Pairs,
    Raw,
    claims,
    cnf_of,
    dynamic,
    inner,
    spell,
    static,
)


def holder() -> Iterator[Case]:
    """The phone's claims, header and frame."""
    for name, comment, item in time_rows("iat"):
        yield from cases_of([(name, comment, dynamic(Pairs([(6, item)])))])
    yield from cases_of((n, c, dynamic(item)) for n, c, item in _holder_claims())
    yield from cases_of(
        (f"phone's header: {n}", c, dynamic(header=h)) for n, c, h in _holder_headers()
    )
    good = dynamic()
    protected, _, payload, signature = codes.cbor.decode(good)
    yield from cases_of(
        (f"phone's code: {name}", LOOSE, octets)
        for name, octets in (
            ("tag 18", b"\xd2" + good),
            ("an octet behind", good + b"\0"),
            ("one octet short", good[:-1]),
            ("length in 1 octet", b"\x98\x04" + good[1:]),
            ("indefinite length", b"\x9f" + good[1:] + b"\xff"),
            ("unprotected: a kid", spell([protected, {4: KID}, payload, signature])),
            ("signature of 63 octets", spell([protected, {}, payload, signature[:63]])),
            ("signature of 65 octets", spell([protected, {}, payload, signature + b"\0"])),
            (
                "protected in pieces",
                spell([Raw(b"\x5f" + spell(protected) + b"\xff"), {}, payload, signature]),
            ),
            (
                "protected, its length in 2 octets",
                spell([Raw(head(2, len(protected), 2) + protected), {}, payload, signature]),
            ),
            (
                "payload, its length in 1 octet",
                spell([protected, {}, Raw(head(2, len(payload), 1) + payload), signature]),
            ),
            (
                "claims with an octet behind",
                codes.sign(protected, payload + b"\0", PHONE, codes.HOLDER_AAD),
            ),
            ("no claims", codes.sign(protected, b"", PHONE, codes.HOLDER_AAD)),
            (
                "header with an octet behind",
                codes.sign(protected + b"\0", payload, PHONE, codes.HOLDER_AAD),
            ),
        )
    )
    yield Case(
        name="an issuer's part with cnf, alone",
        comment="Cut from a photographed code it would be a printed card that never ends.",
        octets=inner(),
        reason="D.CNF",
    )
    yield Case(
        name="an issuer's part with cnf, alone, an octet behind",
        comment="The form comes first.",
        octets=Raw(inner() + b"\0"),
        reason="D.FORM",
    )


def _holder_claims() -> Iterator[Row]:
    for name, text in (
        ("no octets", b""),
        ("17 octets", b"0123456789abcdefg"),
        ("17 octets in 9 characters", "é".encode() * 8 + b"a"),
    ):
        yield f"aud: {name}", RANGE, Pairs([(3, Raw(head(3, len(text)) + text)), (6, NOW)])
    for name, octets in (
        ("a lone ff", b"\xff"),
        ("an overlong NUL", b"\xc0\x80"),
        ("an overlong slash", b"\xe0\x80\xaf"),
        ("half of a surrogate pair", b"\xed\xa0\x80"),
        ("above U+10FFFF", b"\xf4\x90\x80\x80"),
        ("a character cut short", b"\xe6\x9f"),
        ("a continuation alone", b"\x80"),
        ("five octets for one", b"\xf8\x88\x80\x80\x80"),
    ):
        raw = Raw(head(3, len(octets)) + octets)
        yield (
            f"aud, no UTF-8: {name}",
            "Lanes are compared as text: it must be text.",
            Pairs([(3, raw), (6, NOW)]),
        )
    for name, comment, aud in (
        ("octets", KIND, b"gate-1"),
        ("a number", KIND, 1),
        ("an array", "RFC 8392 allows it; CC1 does not.", ["gate-1"]),
        ("length in 1 octet", LOOSE, Raw(b"\x78\x06gate-1")),
        ("in pieces", LOOSE, Raw(b"\x7f\x66gate-1\xff")),
    ):
        yield f"aud: {name}", comment, Pairs([(3, aud), (6, NOW)])
    for length in (0, 1, 7, 17, 24, 32):
        yield f"cnonce: {length} octets", RANGE, {6: NOW, 39: bytes(length)}
    for name, comment, nonce in (
        ("text", KIND, "01234567"),
        ("length in 1 octet", LOOSE, Raw(b"\x58\x08" + bytes(8))),
        ("in pieces", LOOSE, Raw(b"\x5f\x48" + bytes(8) + b"\xff")),
        ("an array", KIND, [bytes(8)]),
    ):
        yield f"cnonce: {name}", comment, {6: NOW, 39: nonce}
    for label in (1, 2, 4, 5, 7, 8, 10, 38, 40, 256):
        pairs = sorted([(6, NOW), (label, NOW)], key=lambda pair: spell(pair[0]))
        yield f"phone's claims: unknown label {label}", CLOSED, Pairs(pairs)
    aud, iat, nonce = (3, "gate-1"), (6, NOW), (39, bytes(8))
    for name, comment, pairs in (
        ("none", CLOSED, []),
        ("no iat", CLOSED, [aud]),
        ("no iat but a cnonce", CLOSED, [nonce]),
        ("aud behind iat", LOOSE, [iat, aud]),
        ("cnonce before iat", LOOSE, [nonce, iat]),
        ("cnonce between", LOOSE, [aud, nonce, iat]),
        ("iat twice", CLOSED, [iat, iat]),
        ("aud twice", CLOSED, [aud, aud, iat]),
        ("cnonce twice", CLOSED, [iat, nonce, nonce]),
        ("label 6 in 1 octet", LOOSE, [(Raw(b"\x18\x06"), NOW)]),
        ("label 39 in 2 octets", LOOSE, [iat, (Raw(b"\x19\0\x27"), bytes(8))]),
        ("a negative label", CLOSED, [iat, (-1, 0)]),
    ):
        # An empty list would be taken for none given.
        item = Pairs(pairs) if pairs else Raw(b"\xa0")
        yield f"phone's claims: {name}", comment, item


def _holder_headers() -> Iterator[Row]:
    part = inner()
    yield from ((f"alg {alg}", RANGE, {1: alg, 13: part}) for alg in (-7, -18, -20, 0))
    yield "alg -19 in 1 octet", LOOSE, {1: Raw(b"\x38\x12"), 13: part}
    yield "no alg", CLOSED, {13: part}
    yield "no issuer's part", CLOSED, {1: -19}
    yield "a kid, as an issuer's", CLOSED, {1: -19, 4: KID, 13: part}
    yield "the issuer's part first", LOOSE, Pairs([(13, part), (1, -19)])
    yield "two issuer's parts", CLOSED, Pairs([(1, -19), (13, part), (13, Raw(b"\xf6"))])
    yield "label 13 in 1 octet", LOOSE, Pairs([(1, -19), (Raw(b"\x18\x0d"), part)])
    yield "label 14 (kccs)", CLOSED, {1: -19, 14: part}
    yield "the issuer's part in octets", KIND, {1: -19, 13: bytes(part)}
    yield "the issuer's part with tag 18", CLOSED, {1: -19, 13: Raw(b"\xd2" + part)}
    yield (
        "a printed card inside",
        "A dynamic code is around a part with cnf.",
        {1: -19, 13: static()},
    )
    yield "an issuer's part of length in 1 octet", LOOSE, {1: -19, 13: Raw(b"\x98\x04" + part[1:])}
    untidy = inner(Pairs(reversed(claims(cnf=cnf_of()).items())))
    yield "an issuer's part in another order", LOOSE, {1: -19, 13: untidy}
    protected, _, payload, signature = codes.cbor.decode(part)
    yield (
        "an issuer's part with an unprotected kid",
        CLOSED,
        {1: -19, 13: Raw(spell([protected, {4: KID}, payload, signature]))},
    )
    short = Raw(spell([protected, {}, payload, signature[:63]]))
    yield "an issuer's signature of 63 octets", RANGE, {1: -19, 13: short}
