import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.journal import (
    LEVELS_MAX,
    LINE_BYTES_MAX,
    Draft,
    LineMalformed,
    PresentationRecord,
    Record,
    RefusalsRecord,
    compact,
    extend,
    extend_all,
    genesis,
    is_compact,
    line_of,
    read_line,
)
from protocol.sealed import DETAILS_BYTES_MAX, Sealed
from protocol.use import (
    AMOUNT_MAX,
    TEXT_OCTETS_MAX,
    AnnulRecord,
    Cause,
    NoteKind,
    NoteRecord,
    Place,
    Use,
)
from verifier.clock import ClockQuality
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "journal"
CHAIN = json.loads((VECTORS / "chain.json").read_text("utf-8"))
USES = json.loads((VECTORS / "uses.json").read_text("utf-8"))
LINES = json.loads((VECTORS / "lines.json").read_text("utf-8"))
LINE = LINES["accepted"][0].encode()


def draft(vector: Mapping[str, Any]) -> Draft:
    return Draft(
        at=UnixSeconds(vector["at"]),
        clock=ClockQuality(vector["clock"]),
        lane=vector["lane"],
        record=record_of(vector),
    )


def record_of(vector: Mapping[str, Any]) -> Record:
    match vector:
        case {"record": told}:
            return presentation(told)
        case {"annul": told}:
            return annulment(told)
        case {"note": told}:
            return NoteRecord(what=NoteKind(told["what"]), count=told["count"])
        case _:
            return refusals(vector)


def annulment(told: Mapping[str, Any]) -> AnnulRecord:
    return AnnulRecord(
        profile=told["profile"],
        sector=told["sector"],
        pseudonym=told["pseudonym"],
        presentation=told["presentation"],
        reference=Place(**told["reference"]),
        cause=Cause(told["cause"]),
        use=Use(**told["use"]) if "use" in told else None,
    )


def refusals(vector: Mapping[str, Any]) -> RefusalsRecord:
    counts = vector["refusals"]["counts"]
    return RefusalsRecord(
        since=UnixSeconds(vector["refusals"]["since"]),
        counts={Reason(code): count for code, count in counts.items()},
    )


def presentation(record: Mapping[str, Any]) -> PresentationRecord:
    reason = record["reason"]
    return PresentationRecord(
        entry_type=EntryType(record["entry_type"]),
        profile=record["profile"],
        sector=record["sector"],
        pseudonym=record["pseudonym"],
        presentation=record["presentation"],
        iat=record["iat"],
        verdict=Verdict(record["verdict"]),
        reason=None if reason is None else Reason(reason),
        ages=Ages(**record["ages"]),
        stale=tuple(record.get("stale", ())),
        use=Use(**record["use"]) if "use" in record else None,
        reference=Place(**record["reference"]) if "reference" in record else None,
        attendant=record.get("attendant", ""),
    )


@pytest.mark.parametrize("vectors", [CHAIN, USES], ids=["chain", "uses"])
def test_lines_and_chain_are_those_of_the_vectors(vectors: Mapping[str, Any]) -> None:
    chain = genesis(vectors["terminal"], vectors["epoch"])
    for seq, entry in enumerate(vectors["entries"], start=1):
        line = line_of(draft(entry["draft"]), epoch=vectors["epoch"], seq=seq)
        assert line.decode() == entry["line"]
        assert len(line) == entry["octets"]
        assert chain.hex() == entry["chain_before"]
        chain = extend(chain, line)
        assert chain.hex() == entry["chain_after"]
        assert compact(read_line(line).fields) == line
    whole = [entry["line"].encode() for entry in vectors["entries"]]
    assert extend_all(genesis("terminal-0007", 3), whole) == chain


def test_chain_begins_elsewhere_for_another_terminal_or_epoch() -> None:
    values = {genesis("t", 1), genesis("t", 2), genesis("u", 1), genesis("t1", 1), genesis("t", 11)}
    assert len(values) == 5


def test_every_line_of_the_vectors_reads_back() -> None:
    for seq, line in enumerate(LINES["accepted"], start=1):
        entry = read_line(line.encode())
        assert (entry.epoch, entry.seq) == (3, seq)
        assert compact(entry.fields).decode() == line
    first = read_line(LINE)
    assert (first.at, first.lane, first.entry_type) == (1_800_000_000, "gate-1", EntryType.PASSAGE)


@pytest.mark.parametrize("case", LINES["refused"], ids=lambda case: case["why"])
def test_line_out_of_form_is_refused(case: Mapping[str, str]) -> None:
    with pytest.raises(LineMalformed):
        read_line(case["line"].encode())


@pytest.mark.parametrize(
    "octets",
    [
        LINE + b"\n",
        b" " + LINE,
        b"\xef\xbb\xbf" + LINE,
        LINE.decode().encode("utf-16-le"),
        LINE.replace(b"gate-1", b"\xff"),
        b'{"epoch":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
        b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=lambda octets: repr(octets[:12]),
)
def test_octets_that_are_no_line_are_refused(octets: bytes) -> None:
    with pytest.raises(LineMalformed):
        read_line(octets)


def test_line_exactly_on_the_limit_passes_and_one_octet_more_is_refused() -> None:
    padding = "x" * (LINE_BYTES_MAX - len(LINE) + len("gate-1"))
    longest = LINE.replace(b"gate-1", padding.encode())
    assert len(longest) == LINE_BYTES_MAX
    assert read_line(longest).lane == padding
    with pytest.raises(LineMalformed, match="longer"):
        read_line(longest.replace(b"xx", b"xxx", 1))


def test_numbers_up_to_63_bits_are_read() -> None:
    largest = 2**63 - 1
    assert read_line(LINE.replace(b'"seq":1', b'"seq":%d' % largest)).seq == largest
    assert read_line(LINE.replace(b'"seq":1', b'"seq":0')).seq == 0


def test_longest_refusals_entry_is_below_a_kilobyte() -> None:
    """Its members' number is bounded by the reasons, so junk can't fill the journal."""
    counts = {reason: 999_999_999 for reason in Reason if reason.names_nobody}
    record = RefusalsRecord(since=UnixSeconds(2**32 - 1), counts=counts)
    entry = Draft(at=record.since, clock=ClockQuality.UNTRUSTED, lane="x" * 64, record=record)
    assert len(line_of(entry, epoch=10**9, seq=10**12)) < 1_000


LONGEST = "z" * TEXT_OCTETS_MAX
LARGEST = 2**63 - 1
LONGEST_USE = Use(
    zone=LONGEST,
    direction="out",
    amount_minor=AMOUNT_MAX,
    currency="CNY",
    fund="insured-account",
    client=LONGEST,
    key=LONGEST,
    asked="0" * 16,
    approval=LONGEST,
)


def test_the_longest_presentation_and_annulment_fit_into_a_line() -> None:
    """A line that no centre takes would stop the upload for good."""
    entry = draft(CHAIN["entries"][0]["draft"])
    assert isinstance(entry.record, PresentationRecord)
    most = UnixSeconds(LARGEST)
    place = Place(epoch=LARGEST, seq=LARGEST)
    shown = replace(
        entry.record,
        profile=LONGEST,
        sector=LONGEST,
        iat=most,
        reason=Reason.REPLAYED,
        ages=Ages(keys_s=LARGEST, status_s=LARGEST),
        stale=("keys", "status"),
        use=LONGEST_USE,
        reference=place,
        attendant="f" * 32,
        sealed=Sealed(kid=bytes(8), box=bytes(DETAILS_BYTES_MAX + 48)),
    )
    taken_back = AnnulRecord(
        profile=LONGEST,
        sector=LONGEST,
        pseudonym=shown.pseudonym,
        presentation=shown.presentation,
        reference=place,
        cause=Cause.NOT_PASSED,
        use=LONGEST_USE,
    )
    for record in (shown, taken_back):
        longest = Draft(at=most, clock=ClockQuality.UNTRUSTED, lane=LONGEST, record=record)
        line = line_of(longest, epoch=LARGEST, seq=LARGEST)
        assert len(line) <= LINE_BYTES_MAX
        assert read_line(line).seq == LARGEST


@given(st.binary(max_size=120))
def test_noise_is_refused(noise: bytes) -> None:
    for octets in (noise, b'{"epoch":' + noise + b"}", LINE[:40] + noise + LINE[40:]):
        if octets != LINE:
            refused_or_read(octets)


def refused_or_read(octets: bytes) -> None:
    try:
        entry = read_line(octets)
    except LineMalformed:
        return
    assert compact(entry.fields) == octets


def test_line_never_holds_a_line_feed() -> None:
    """Else one entry would upload as two lines."""
    entry = draft({**CHAIN["entries"][0]["draft"], "lane": "a\nb\r\u2028"})
    line = line_of(entry, epoch=1, seq=1)
    assert b"\n" not in line
    assert b"\r" not in line
    assert read_line(line).lane == "a\nb\r\u2028"


def test_compact_refuses_what_json_does_not_have() -> None:
    for value in ({"x": float("nan")}, {"x": "\ud800"}):
        with pytest.raises(ValueError, match=r"JSON|surrogates"):
            compact(value)
        assert not is_compact(value, b"")


@pytest.mark.parametrize(("levels", "is_read"), [(LEVELS_MAX - 1, True), (LEVELS_MAX, False)])
def test_nesting_is_bounded_whatever_python_reads_it(levels: int, *, is_read: bool) -> None:
    """Python 3.13 reads far deeper than 3.11; a centre must not accept more for that."""
    nested: object = 1
    for _ in range(levels):
        nested = [nested]
    line = compact({**json.loads(LINE), "more": nested})

    if is_read:
        assert read_line(line).fields["more"] == nested
    else:
        with pytest.raises(LineMalformed):
            read_line(line)
