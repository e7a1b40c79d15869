"""One printed card under entries of a keys.json: those in form, and those that lose themselves."""

from collections.abc import Iterator

from tests.oracle.cc1.scene import (
    KID,
    NOW,
    Case,
    ListOf,
    entry,
    static,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
X = str(entry()["x"])
TIME_MOST = (1 << 32) - 1
PER_KID = 16
HARBOUR = "harbour.example"

Row = tuple[str, str, list[dict[str, object]], str | None]


def entries() -> Iterator[Case]:
    """Entries of a keys.json: what is in form, and what loses the entry."""
    for name, comment, keys, reason in (
        *_kids_and_keys(),
        *_windows(),
        *_families(),
        *_templates(),
        *_nulls(),
        *_repeated(),
    ):
        yield Case(
            name=f"entry: {name}", comment=comment, octets=static(), keys=keys, reason=reason
        )
    for name, issuer, reason in _issuers():
        yield Case(
            name=f"entry: issuer {name}",
            comment="Printable text: no character of Unicode's C* and Z* but the ASCII space.",
            octets=static(),
            keys=[entry(issuer=issuer)],
            lists=[ListOf(issuer=issuer)],
            reason=reason,
        )


def _kids_and_keys() -> Iterator[Row]:
    kid = KID.hex()
    either, lost = "Hex in either case.", "Two digits an octet and nothing else."
    yield "kid in capitals", either, [entry(kid=kid.upper())], None
    yield "kid in both cases", either, [entry(kid=kid[:6].upper() + kid[6:])], None
    for name, text in (
        ("with blanks", " ".join(kid[at : at + 2] for at in range(0, 16, 2))),
        ("with a blank in front", f" {kid}"),
        ("with a line's end", f"{kid}\n"),
        ("with 0x", f"0x{kid}"),
        ("of 7 octets", kid[:-2]),
        ("of 9 octets", f"{kid}00"),
        ("empty", ""),
    ):
        yield f"kid {name}", lost, [entry(kid=text)], "S.KEY"
    spare = X[:-1] + ALPHABET[ALPHABET.index(X[-1]) + 1]
    yield (
        "x with a spare bit set",
        "Base64url has one text for any octets.",
        [entry(x=spare)],
        ("S.KEY"),
    )
    yield "x with a line's end", "No base64url.", [entry(x=f"{X}\n")], "S.KEY"
    for crv in ("X25519", "Ed448", "ed25519"):
        yield f"crv {crv}", "No key of role card.", [entry(crv=crv)], "S.KEY"
    yield "role seal", "Seal keys are X25519.", [entry(role="seal")], "S.KEY"
    yield "d", "A private key that is published is nobody's.", [entry(d=X)], "S.KEY"
    yield "x5c of nothing", "As though it were left out.", [entry(x5c=[])], None
    yield "members of RFC 7517 beside", "Unknown members are passed over.", [entry(use="sig")], None
    yield "kty left out", "Nothing says what x is.", [entry(kty=None)], "S.KEY"


def _windows() -> Iterator[Row]:
    lost = "Out of form: the entry is lost."
    whole = "Whole numbers of JSON, 0 to 4294967295."
    yield "the widest window", whole, [entry(nbf=0, exp=TIME_MOST)], None
    for name in ("nbf", "exp"):
        good = entry()[name]
        yield f"{name} left out", lost, [entry(**{name: None})], "S.KEY"
        for what, value in (("text", str(good)), ("true", True), ("a fraction", NOW + 0.5)):
            yield f"{name} {what}", lost, [entry(**{name: value})], "S.KEY"
    yield "nbf of -1", whole, [entry(nbf=-1)], "S.KEY"
    yield "exp of 2^32", whole, [entry(exp=TIME_MOST + 1)], "S.KEY"


def _families() -> Iterator[Row]:
    for family in ("shc", "vds-nc", "eu-dcc", "pretix"):
        for formats in (["cc1", family], [family, "cc1"]):
            yield (
                f"formats {' and '.join(formats)}",
                "The key, or its kid, can't be of both: the whole entry is lost.",
                [entry(formats=formats)],
                "S.KEY",
            )
    both = "One key may sign for several families."
    yield "formats cc1 and claim169", both, [entry(formats=["cc1", "claim169"])], None
    yield "formats of somebody else's too", both, [entry(formats=["mycity", "cc1"])], None
    yield "formats CC1", "Names are compared as they stand.", [entry(formats=["CC1"])], "S.KEY"
    yield "formats claim169", "Not of this family.", [entry(formats=["claim169"])], "S.KEY"
    yield "formats as text", "No array.", [entry(formats="cc1")], "S.KEY"
    yield (
        "formats with a number",
        "Out of form: the entry is lost.",
        [entry(formats=["cc1", 1])],
        ("S.KEY"),
    )


def _templates() -> Iterator[Row]:
    for name, template in (
        ("without {shard}", "status/city.example/0.cwt"),
        ("with {shard} twice", "status/{shard}/{shard}.cwt"),
        ("with another name in braces", "status/{issuer}/{shard}.cwt"),
        ("with a brace more", "status/city.example/{shard}}.cwt"),
        ("empty", ""),
        ("of a number", 0),
    ):
        yield (
            f"status_lists {name}",
            "`{shard}` once and no other brace, or the entry is lost.",
            [entry(status_lists=template)],
            "S.KEY",
        )


def _nulls() -> Iterator[Row]:
    as_if = "null is as though it were left out."
    yield "alg null", as_if, [entry() | {"alg": None}], None
    yield "status_lists null", as_if, [entry() | {"status_lists": None}], "R.UNK"
    for name in ("kty", "x5c", "kid", "role", "issuer", "nbf", "exp", "formats", "capabilities"):
        yield f"{name} null", "No value of this member.", [entry() | {name: None}], "S.KEY"


def _repeated() -> Iterator[Row]:
    limit = "Of one role and kid 16 entries are kept, the first."
    useless = entry(exp=NOW)
    yield "the 16th fits", limit, [*[useless] * (PER_KID - 1), entry()], None
    yield "the 17th fits", limit, [*[useless] * PER_KID, entry()], "S.KEX"
    yield (
        "the 17th has the capability",
        limit,
        [*[entry(capabilities=0)] * PER_KID, entry()],
        ("S.CAP"),
    )
    bad = entry(capabilities=128)
    yield (
        "the 17th fits, one above is lost",
        limit,
        [bad, *[useless] * (PER_KID - 1), entry()],
        (None),
    )
    first = "The first entry in form settles role and issuer."
    yield (
        "listed first by another issuer",
        first,
        [entry(issuer=HARBOUR, exp=NOW), entry()],
        ("S.KEX"),
    )
    lost = entry(role="status", nbf=None)
    yield "listed first in role status, out of form", first, [lost, entry()], None


def _issuers() -> Iterator[tuple[str, object, str | None]]:
    yield "with a space", "City of Example", None
    yield "in Chinese", "城市", None
    for name, issuer in (
        ("empty", ""),
        ("with a NUL", "city\0.example"),
        ("with a line's end", "city.example\n"),
        ("with DEL", "city\x7f.example"),
        ("with a no-break space", "city\xa0example"),
        ("with a zero-width space", "city\u200b.example"),
        ("with an override of direction", "city\u202e.example"),
        ("with a line separator", "city\u2028example"),
        ("with a private character", "city\ue000example"),
        ("of a number", 7),
    ):
        yield name, issuer, "S.KEY"
