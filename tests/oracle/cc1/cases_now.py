"""Proven codes in time and under a status list: each limit from both sides."""

from collections.abc import Iterator

from tests.oracle.cc1.scene import (
    DAY,
    NOW,
    OTHER_ISSUER,
    OTHER_PHONE,
    Case,
    ListOf,
    Raw,
    claims,
    cnf_of,
    dynamic,
    entry,
    inner,
    static,
)

LEAST, MOST = 1 << 30, (1 << 32) - 1
ENDS = "`nbf <= now < exp`, by the second."
BOTH = "Both ends are of the window."


def _drawn(seconds: int) -> Raw:
    return dynamic({6: NOW + seconds})


def windows() -> Iterator[Case]:
    """`T.NBF`, `T.EXP` and `S.KEX`, by the second."""
    for offset in (-1, 0, 1):
        for name, of_card, of_key in (("nbf", "T.NBF", "S.KEX"), ("exp", "T.EXP", "S.KEX")):
            refused = offset > 0 if name == "nbf" else offset <= 0
            yield Case(
                name=f"card's {name} at now {offset:+d} s",
                comment=ENDS,
                octets=static(claims(**{name: NOW + offset})),
                reason=of_card if refused else None,
            )
            yield Case(
                name=f"key's {name} at now {offset:+d} s",
                comment=ENDS,
                octets=static(),
                keys=[entry(**{name: NOW + offset})],
                reason=of_key if refused else None,
            )
    yield Case(
        name="the clock's uncertainty does not widen nbf",
        comment="It is for phones' clocks alone.",
        octets=static(claims(nbf=NOW + 1)),
        uncertainty_s=30,
        reason="T.NBF",
    )
    yield Case(
        name="the clock's uncertainty does not widen exp",
        comment="It is for phones' clocks alone.",
        octets=static(claims(exp=NOW)),
        uncertainty_s=30,
        reason="T.EXP",
    )
    yield Case(
        name="the whole range of time",
        comment="nbf the least and exp the most that five octets are allowed.",
        octets=static(claims(nbf=LEAST, exp=MOST)),
    )
    for name, changes, reason in (
        ("exp the least", {"exp": LEAST}, "T.EXP"),
        ("nbf the most", {"nbf": MOST}, "T.NBF"),
    ):
        yield Case(
            name=name,
            comment="Of form, both ends of the range.",
            octets=static(claims(**changes)),
            reason=reason,
        )
    yield Case(
        name="a window that holds no second, now within",
        comment="nbf above exp is of form; now is both early and late, and exp comes first.",
        octets=static(claims(nbf=NOW + 5, exp=NOW - 5)),
        reason="T.EXP",
    )
    yield Case(
        name="a window of no length",
        comment="nbf and exp alike.",
        octets=static(claims(nbf=NOW, exp=NOW)),
        reason="T.EXP",
    )


def proof_times() -> Iterator[Case]:
    """`T.OLD` and `T.FUT`, by the second."""
    for uncertainty in (0, 1, 30):
        for offset, reason in (
            (-61 - uncertainty, "T.OLD"),
            (-60 - uncertainty, None),
            (15 + uncertainty, None),
            (16 + uncertainty, "T.FUT"),
        ):
            yield Case(
                name=f"iat at now {offset:+d} s, uncertainty {uncertainty} s",
                comment=BOTH,
                octets=_drawn(offset),
                uncertainty_s=uncertainty,
                reason=reason,
            )
    for name, iat, reason in (("least", LEAST, "T.OLD"), ("most", MOST, "T.FUT")):
        yield Case(
            name=f"iat the {name}",
            comment="No arithmetic on it may wrap.",
            octets=dynamic({6: iat}),
            reason=reason,
        )
    yield Case(
        name="iat before the card's nbf",
        comment="iat is held against now alone, not against the card's window.",
        octets=dynamic({6: NOW - 5}, issuer_part=inner(claims(cnf=cnf_of(), nbf=NOW))),
    )


def untrusted() -> Iterator[Case]:
    """`now` is the floor, which has passed for certain; how long ago, nobody knows."""
    ended = "What ended before the floor has ended under any clock."
    ahead = "What has not begun at the floor may have begun since."
    for name, comment, octets, entries, reason in (
        ("a good code", "Clock alone refuses nothing.", dynamic(), None, None),
        ("card ended at the floor", ended, static(claims(exp=NOW)), None, "T.EXP"),
        ("card not begun", ahead, static(claims(nbf=NOW + DAY)), None, None),
        ("key ended at the floor", ended, static(), [entry(exp=NOW)], "S.KEX"),
        ("key not begun", ahead, static(), [entry(nbf=NOW + DAY)], None),
        ("proof at floor -90 s", BOTH, _drawn(-90), None, None),
        ("proof at floor -91 s", ended, _drawn(-91), None, "T.OLD"),
        ("proof a day ahead", ahead, _drawn(DAY), None, None),
    ):
        yield Case(
            name=f"untrusted clock: {name}",
            comment=comment,
            octets=octets,
            clock="untrusted",
            uncertainty_s=30,
            reason=reason,
            **({} if entries is None else {"keys": entries}),
        )


def statuses() -> Iterator[Case]:
    """`R.*`."""
    for place, reason in (
        (0, None),
        (1, "R.REV"),
        (2, "R.SUS"),
        (3, "R.VAL"),
        (7, None),
        (8, "R.IDX"),
        (9, "R.IDX"),
    ):
        yield Case(
            name=f"place {place} of 8",
            comment="0 valid, 1 revoked, 2 suspended, 3 unknown; the list ends at 8.",
            octets=static(claims(status=place)),
            reason=reason,
        )
    for value in (4, 15, 16, 255):
        yield Case(
            name=f"value {value}",
            comment="A value of a wider list is not cut to two bits.",
            octets=static(claims(status=0)),
            lists=[ListOf(values=(value,))],
            reason="R.VAL",
        )
    for place, reason in (
        (0xFFFFF, "R.IDX"),
        (1 << 20, None),
        (1 << 20 | 1, "R.REV"),
        (2 << 20, "R.UNK"),
        (MOST, "R.UNK"),
    ):
        yield Case(
            name=f"status {place}, lists 0 and 1 held",
            comment="The list is `status >> 20`, the place in it `status & 0xFFFFF`.",
            octets=static(claims(status=place)),
            lists=[ListOf(), ListOf(name="status/city.example/1.cwt", values=(0, 1))],
            reason=reason,
        )
    yield Case(
        name="the last list of all",
        comment="4095, in decimal.",
        octets=static(claims(status=4095 << 20)),
        lists=[ListOf(name="status/city.example/4095.cwt", values=(1,))],
        reason="R.REV",
    )
    for name, entries, lists in (
        ("no list held", [entry()], []),
        ("no list published", [entry(status_lists=None)], [ListOf()]),
        ("a list of that name by another issuer", [entry()], [ListOf(issuer="harbour.example")]),
        ("a list of another name", [entry()], [ListOf(name="status/city.example/00.cwt")]),
    ):
        yield Case(
            name=name,
            comment="Nothing is known, and the profile says what then.",
            octets=static(),
            keys=entries,
            lists=lists,
            reason="R.UNK",
        )
    yield from _ages()


def _ages() -> Iterator[Case]:
    limit = 259_200
    for place, reason in ((0, "R.OLD"), (1, "R.REV"), (2, "R.SUS"), (3, "R.VAL"), (8, "R.IDX")):
        for name, one in (
            ("too old", ListOf(iat=NOW - limit - 1)),
            ("past its exp", ListOf(exp=NOW)),
        ):
            yield Case(
                name=f"place {place} of a list {name}",
                comment="What a list says against a card stands at any age; only `valid` grows old.",
                octets=static(claims(status=place)),
                lists=[one],
                reason=reason,
            )
    for name, one, reason in (
        ("as old as allowed", ListOf(iat=NOW - limit), None),
        ("one second older", ListOf(iat=NOW - limit - 1), "R.OLD"),
        ("one second before its exp", ListOf(exp=NOW + 1), None),
        ("at its exp", ListOf(exp=NOW), "R.OLD"),
        ("dated ahead", ListOf(iat=NOW + DAY), None),
        ("dated ahead by more than the limit", ListOf(iat=NOW + limit + 1), None),
    ):
        yield Case(
            name=f"a list {name}",
            comment="An age equal to the limit passes; exp is the first second that does not.",
            octets=static(),
            lists=[one],
            reason=reason,
        )


def several() -> Iterator[Case]:
    """More than one thing wrong: the first in the order of the page is the reason."""
    badly = Raw(bytes(dynamic(key=OTHER_PHONE)))
    forged = Raw(bytes(inner(claims(cnf=cnf_of(), exp=NOW)))[:-64] + bytes(64))
    old, revoked = {6: NOW - 999}, claims(cnf=cnf_of(), status=1)
    for name, octets, entries, reason in (
        ("unknown key and wrong signatures", badly, [entry(OTHER_ISSUER)], "S.KEY"),
        ("ended key and wrong signature", dynamic(issuer_part=forged), [entry(exp=NOW)], "S.KEX"),
        (
            "other algorithm and wrong signature",
            dynamic(issuer_part=forged),
            [entry(alg="EdDSA")],
            "S.ALG",
        ),
        ("both signatures wrong", dynamic(issuer_part=forged, key=OTHER_PHONE), [entry()], "S.ISS"),
        (
            "capabilities beyond the key's and wrong issuer's signature",
            dynamic(issuer_part=forged),
            [entry(capabilities=0)],
            "S.ISS",
        ),
        (
            "capabilities beyond the key's and wrong phone's signature",
            badly,
            [entry(capabilities=0)],
            "S.CAP",
        ),
        (
            "wrong phone's signature and ended card",
            dynamic(issuer_part=inner(claims(cnf=cnf_of(), exp=NOW)), key=OTHER_PHONE),
            [entry()],
            "S.HLD",
        ),
        (
            "ended card and old proof",
            dynamic(old, issuer_part=inner(claims(cnf=cnf_of(), exp=NOW))),
            [entry()],
            "T.EXP",
        ),
        (
            "card not begun and old proof",
            dynamic(old, issuer_part=inner(claims(cnf=cnf_of(), nbf=NOW + 1))),
            [entry()],
            "T.NBF",
        ),
        ("old proof and revoked", dynamic(old, issuer_part=inner(revoked)), [entry()], "T.OLD"),
        ("ended card and revoked", static(claims(exp=NOW, status=1)), [entry()], "T.EXP"),
        ("cnf alone and unknown key", inner(), [entry(OTHER_ISSUER)], "D.CNF"),
        ("version 2 and unknown key", static(claims(version=2)), [entry(OTHER_ISSUER)], "D.FORM"),
    ):
        yield Case(
            name=name,
            comment="The order of the checks is part of the meaning: reasons are counted and acted on.",
            octets=Raw(octets),
            keys=entries,
            reason=reason,
        )


def exhaustive() -> Iterator[Case]:
    """All truncations and all single-bit changes of one card and one phone's code."""
    for name, octets in (
        ("a printed card", static()),
        ("a phone's code", dynamic({3: "gate-1", 6: NOW, 39: bytes(8)})),
    ):
        yield Case(
            name=f"{name}, cut anywhere and with any bit changed",
            comment="Nothing but the text itself is taken; each change has its own reason.",
            octets=octets,
            exhaustive=True,
        )
