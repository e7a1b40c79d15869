"""Codes that a reader must take."""

from collections.abc import Iterator

from tests.oracle.cc1 import codes, points
from tests.oracle.cc1.scene import (
    ISSUER,
    KID,
    NOW,
    OTHER_ISSUER,
    OTHER_PHONE,
    Case,
    ListOf,
    Raw,
    card,
    claims,
    cnf_of,
    dynamic,
    entry,
    inner,
    public,
    static,
)

# Both sides of every place where an integer takes another width (RFC 8949, section 3).
WIDTHS = (0, 23, 24, 255, 256, 65_535, 65_536, 0xFFFF_FFFF)
FULL = {"types": 0xFFFF_FFFF, "capabilities": 127, "status": 0xFFFF_FFFF}


def static_codes() -> Iterator[Case]:
    """Printed cards."""
    yield Case(name="a printed card", comment="The plain case.", octets=static())
    yield Case(
        name="alg -8",
        comment="A reader that knows only one of the two names of Ed25519 loses half the cards.",
        octets=static(header={1: -8, 4: KID}),
    )
    for value in WIDTHS:
        yield Case(
            name=f"types {value}",
            comment="The shortest form of an integer, at the edge of its width.",
            octets=static(claims(types=value)),
        )
    for value in (0, 23, 24, 127):
        yield Case(
            name=f"capabilities {value}",
            comment="As types; 127 is the most, in two octets.",
            octets=static(claims(capabilities=value)),
        )
    for value in WIDTHS:
        yield _status_place(value)
    yield Case(
        name="the smallest card",
        comment="116 octets, 178 characters: a reader with a higher minimum refuses it.",
        octets=static(claims(types=0, capabilities=0, status=0)),
    )
    yield Case(
        name="the largest card",
        comment="125 octets, 192 characters.",
        octets=static(claims(**FULL)),
        lists=(),
        reason="R.UNK",
    )
    for name, subject in (("zeros", bytes(8)), ("ones", b"\xff" * 8)):
        yield Case(
            name=f"a subject of {name}",
            comment="A subject is octets: no value of it stands for none.",
            octets=static(claims(subject=subject)),
        )


def _status_place(value: int) -> Case:
    shard, place = divmod(value, 1 << 20)
    # A list of 65,537 would fill the file; those places are asked of a list that is not held.
    held = place < 300
    one = ListOf(name=f"status/city.example/{shard}.cwt", values=(0,) * (place + 1))
    return Case(
        name=f"status {value}",
        comment="As types; the place is number and place of a list in one.",
        octets=static(claims(status=value)),
        lists=(one,) if held else (),
        reason=None if held else "R.UNK",
    )


def dynamic_codes() -> Iterator[Case]:
    """Codes of a phone."""
    yield Case(name="a phone's code", comment="The plain case.", octets=dynamic())
    for issuer_alg in (-19, -8):
        for phone_alg in (-19, -8):
            part = inner(header={1: issuer_alg, 4: KID})
            yield Case(
                name=f"issuer's alg {issuer_alg}, phone's alg {phone_alg}",
                comment="The two headers name their algorithms apart.",
                octets=dynamic(header={1: phone_alg, 13: part}),
            )
    for aud in ("g", "gate-1", "0123456789abcdef", "柜台-2", "é" * 8, "😀" * 4, "\0", "e\u0301"):
        yield Case(
            name=f"aud of {len(aud.encode())} octets, {aud!a}",
            comment="1 to 16 octets of UTF-8 are counted, not characters; nothing is normalised.",
            octets=dynamic({3: aud, 6: NOW}),
        )
    for length in (8, 9, 16):
        yield Case(
            name=f"cnonce of {length} octets",
            comment="8 to 16 octets.",
            octets=dynamic({6: NOW, 39: bytes(range(length))}),
        )
    yield Case(
        name="aud and cnonce",
        comment="All three claims, in their order.",
        octets=dynamic({3: "gate-1", 6: NOW, 39: bytes(8)}),
    )
    part = inner(claims(cnf=cnf_of(), **FULL))
    yield Case(
        name="the largest code",
        comment="288 octets, 436 characters: the limit of a text, and no octet less.",
        octets=dynamic({3: "0123456789abcdef", 6: NOW, 39: bytes(16)}, issuer_part=part),
        lists=(),
        reason="R.UNK",
    )
    yield Case(
        name="the smallest code",
        comment="241 octets, 366 characters: the most that version 11-M holds.",
        octets=dynamic(issuer_part=inner(claims(cnf=cnf_of(), types=0, capabilities=0, status=0))),
    )
    yield Case(
        name="another phone",
        comment="A second holder of the same issuer.",
        octets=dynamic(
            issuer_part=inner(claims(cnf=cnf_of(OTHER_PHONE), subject=bytes(range(8)))),
            key=OTHER_PHONE,
        ),
    )
    yield _mixed_phone_key()


def _mixed_phone_key() -> Case:
    """No rule of a reader refuses this key: it is the issuer that must not sign it."""
    part = inner(claims(cnf=cnf_of(points.mixed_key(OTHER_PHONE))))
    protected = b"\xa2\x01\x32\x0d" + part
    payload = codes.cbor.encode({6: NOW})
    message = codes.sig_structure(protected, codes.HOLDER_AAD, payload)
    signature = points.sign_mixed(OTHER_PHONE, message, vanishes=True)
    return Case(
        name="a phone's key with a torsion part, which the signature cancels",
        comment="libsodium's verdict is the rule; one that adds a subgroup check differs here.",
        octets=Raw(codes.cbor.encode([protected, {}, payload, signature])),
    )


def trust() -> Iterator[Case]:
    """Trust lists that prove a code."""
    for name, alg in (("Ed25519", -19), ("EdDSA", -8)):
        yield Case(
            name=f"a key pinned to {name}",
            comment="The pinned algorithm passes.",
            octets=static(header={1: alg, 4: KID}),
            keys=[entry(alg=name)],
        )
    yield Case(
        name="a pinned key does not bind the phone",
        comment="The pin is of the issuer's signature alone.",
        octets=dynamic(header={1: -8, 13: inner()}),
        keys=[entry(alg="Ed25519")],
    )
    yield Case(
        name="capabilities exactly those of the key",
        comment="A reader that compares numbers, not bits, refuses or grants by chance.",
        octets=static(),
        keys=[entry(capabilities=37)],
    )
    yield Case(
        name="a key without capabilities, a card without",
        comment="Left out means 0, and 0 is within 0.",
        octets=static(claims(capabilities=0)),
        keys=[entry(capabilities=None)],
    )
    yield Case(
        name="a key that comes twice, ended the first time",
        comment="Every entry with the kid is tried.",
        octets=static(),
        keys=[entry(exp=NOW), entry()],
    )
    yield Case(
        name="a key that comes twice, pinned otherwise the first time",
        comment="Every entry with the kid is tried.",
        octets=static(),
        keys=[entry(alg="EdDSA"), entry()],
    )
    yield Case(
        name="a key that comes twice, with fewer capabilities the first time",
        comment="Every entry with the kid is tried, for its capabilities too.",
        octets=static(),
        keys=[entry(capabilities=1), entry()],
    )
    yield Case(
        name="a key that comes twice, with a status list each",
        comment="The first entry that passes every check names the list.",
        octets=static(claims(status=1)),
        keys=[entry(status_lists="a/{shard}"), entry(status_lists="b/{shard}")],
        lists=[ListOf(name="a/0", values=(0, 0)), ListOf(name="b/0", values=(0, 1))],
    )
    yield Case(
        name="a second issuer in the list",
        comment="Keys are found by kid, not by place.",
        octets=static(),
        keys=[entry(OTHER_ISSUER, issuer="harbour.example"), entry()],
    )
    yield Case(
        name="the second issuer's card",
        comment="The issuer, and so the status list, is that of the key that verified.",
        octets=static(
            claims(status=1),
            header={1: -19, 4: codes.kid_of(public(OTHER_ISSUER))},
            key=OTHER_ISSUER,
        ),
        keys=[entry(), entry(OTHER_ISSUER, issuer="harbour.example", status_lists="h/{shard}")],
        lists=[ListOf(), ListOf(issuer="harbour.example", name="h/0", values=(1, 0))],
    )
    yield Case(
        name="an entry out of form above the good one",
        comment="An entry that is out of form loses only itself.",
        octets=static(),
        keys=[entry(kid="00" * 8, issuer="other.example"), entry()],
    )
    yield Case(
        name="a card kept in both roles' issuers",
        comment="A status key of the same issuer stands beside the card key without harm.",
        octets=static(claims(card=card(capabilities=1))),
        keys=[entry(OTHER_ISSUER, role="status"), entry(ISSUER)],
    )
