"""Each planted fault is found, none is invented on a clean scan."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.hid.keymap import LAYOUTS
from terminal.diagnosis.scanner.alterations import typed_as
from terminal.diagnosis.scanner.analysis import analyse
from terminal.diagnosis.scanner.faults import FaultKind, Reading
from terminal.diagnosis.scanner.samples import SAMPLES, Sample

K = FaultKind
BY_NAME = {sample.name: sample for sample in SAMPLES}
TEXT, LONG, OCTETS = (BY_NAME[name].octets for name in ("text", "long", "octets"))

samples = st.sampled_from(SAMPLES)
endings = st.sampled_from((b"\r", b"\n", b"\r\n", b"\t"))


def read(burst: bytes, layout: str | None = None) -> Reading:
    (reading,) = analyse(burst, layout=layout)
    return reading


def kinds(burst: bytes, layout: str | None = None) -> set[FaultKind]:
    return {fault.kind for fault in read(burst, layout).faults}


@given(sample=samples, ending=endings)
def test_clean_scan_has_no_fault(sample: Sample, ending: bytes) -> None:
    assert read(sample.octets + ending) == Reading(sample=sample.name, faults=(), suffix=ending)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.is_typeable])
def test_clean_scan_by_keys_has_no_fault(sample: Sample, layout: str) -> None:
    typed = typed_as(sample.octets, scanner=layout, read_by=layout)
    assert typed == sample.octets
    assert kinds(typed + b"\r", layout) == set()


def test_frame_of_stx_and_etx_is_no_fault() -> None:
    assert kinds(b"\x02" + TEXT + b"\x03") == set()


@dataclass(frozen=True, slots=True)
class Planted:
    """What a faulty scanner does to a code and its ending."""

    kind: FaultKind
    spoil: Callable[[bytes, bytes], bytes]
    sample: bytes = TEXT


def even(octets: bytes) -> bytes:
    return bytes(each | 0x80 if each.bit_count() % 2 else each for each in octets)


def doubled(octets: bytes) -> bytes:
    return bytes(each for octet in octets for each in (octet, octet))


PLANTED = [
    Planted(K.TERMINATOR_MISSING, lambda code, _: code),
    Planted(K.TERMINATOR_DOUBLED, lambda code, end: code + end + end),
    Planted(K.TERMINATOR_OTHER, lambda code, _: code + b"\x03"),
    Planted(K.TERMINATOR_OTHER, lambda code, _: code + b"\x00"),
    Planted(K.AIM, lambda code, end: b"]Q1" + code + end),
    Planted(K.ECI, lambda code, end: b"\\000026" + code + end, OCTETS),
    Planted(K.LEAD, lambda code, end: b"GATE7 " + code + end),
    Planted(K.TRAIL, lambda code, end: code + b" 12:34" + end),
    Planted(K.UPPER, lambda code, end: code.upper() + end),
    Planted(K.LOWER, lambda code, end: code.lower() + end),
    Planted(K.SWAPPED, lambda code, end: code.swapcase() + end),
    Planted(K.CUT_NUL, lambda code, end: code.split(b"\0")[0] + end, OCTETS),
    Planted(K.CUT, lambda code, end: code[:255] + end, LONG),
    Planted(K.STRIPPED, lambda code, end: code[1:] + end),
    Planted(K.STRIPPED, lambda code, end: code[4:] + end, LONG),
    Planted(K.DOUBLED, lambda code, end: doubled(code) + end),
    Planted(K.DOUBLED, lambda code, end: code[:9] + code[8:] + end),
    Planted(K.LOST, lambda code, end: code[:20] + code[30:] + end),
    Planted(K.CODE_PAGE, lambda code, end: code.decode().encode("gbk", "replace") + end, OCTETS),
    Planted(K.CODE_PAGE, lambda code, end: code.decode("latin-1").encode() + end, OCTETS),
    Planted(
        K.CODE_PAGE, lambda code, end: code.decode().encode("latin-1", "replace") + end, OCTETS
    ),
    Planted(K.REPLACED, lambda code, end: code.replace(b"$", b"#") + end),
    Planted(K.PARITY, lambda code, end: even(code + end)),
    Planted(K.PARITY, lambda code, end: bytes(each ^ 0x80 for each in even(code + end))),
    Planted(K.PARITY, lambda code, end: bytes(each | 0x80 for each in code + end)),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.kind.name)
@pytest.mark.parametrize("ending", [b"\r", b"\r\n", b"\t"])
def test_planted_fault_is_found_and_no_other(planted: Planted, ending: bytes) -> None:
    reading = read(planted.spoil(planted.sample, ending))
    assert {fault.kind for fault in reading.faults} == {planted.kind}
    assert reading.is_known


@pytest.mark.parametrize("scanner", sorted(LAYOUTS))
@pytest.mark.parametrize("read_by", sorted(LAYOUTS))
@pytest.mark.parametrize("is_caps", [False, True])
def test_layout_of_another_country_is_named(scanner: str, read_by: str, *, is_caps: bool) -> None:
    typed = typed_as(TEXT, scanner=scanner, read_by=read_by)
    reading = read((typed.swapcase() if is_caps else typed) + b"\r", read_by)
    found = {(fault.kind, fault.detail) for fault in reading.faults}
    wanted = {(K.LAYOUT, scanner)} if scanner != read_by else set()
    assert found == wanted | ({(K.SWAPPED, "")} if is_caps else set())


@given(sample=samples, size=st.integers(8, 400), ending=endings)
def test_cut_is_found_at_its_length(sample: Sample, size: int, ending: bytes) -> None:
    body = sample.octets[:size]
    if body in {sample.octets, sample.octets.rstrip(b"\0")} or body.endswith(b"\0"):
        return
    (fault,) = read(body + ending).faults
    assert fault.kind in {K.CUT, K.CUT_NUL}
    assert fault.detail == str(len(body))


@given(sample=samples, count=st.integers(1, 20), ending=endings)
def test_stripped_beginning_is_found_with_its_length(
    sample: Sample, count: int, ending: bytes
) -> None:
    (fault,) = read(sample.octets[count:] + ending).faults
    assert (fault.kind, fault.detail) == (K.STRIPPED, str(count))


ALTERS = {
    K.UPPER: bytes.upper,
    K.LOWER: bytes.lower,
    K.SWAPPED: bytes.swapcase,
}


@given(
    alters=st.sampled_from([None, *ALTERS]),
    aim=st.sampled_from([b"", b"]Q1", b"]Q2"]),
    eci=st.sampled_from([b"", b"\\000026", b"\\000003"]),
    lead=st.sampled_from([b"", b"7", b"GATE "]),
    times=st.integers(0, 3),
    ending=endings,
)
def test_faults_that_come_together_are_all_found(
    alters: FaultKind | None, aim: bytes, eci: bytes, lead: bytes, times: int, ending: bytes
) -> None:
    body = ALTERS[alters](TEXT) if alters else TEXT
    found = kinds(lead + aim + eci + body + ending * times)
    wanted = {kind for kind, is_there in ((K.AIM, aim), (K.ECI, eci), (K.LEAD, lead)) if is_there}
    wanted |= {alters} if alters else set()
    wanted |= {K.TERMINATOR_MISSING} if times == 0 else set()
    wanted |= {K.TERMINATOR_DOUBLED} if times > 1 else set()
    assert found == wanted


@pytest.mark.slow
@given(octets=st.binary(max_size=600), layout=st.sampled_from([None, *LAYOUTS]))
def test_noise_is_never_taken_for_a_sample(octets: bytes, layout: str | None) -> None:
    for reading in analyse(octets, layout=layout):
        assert not reading.is_known
        assert reading.faults[0].kind in {K.NOISE, K.OTHER_CODE}


def test_another_code_is_told_from_noise_by_its_size_alone() -> None:
    code = b"CC1:" + b"ABCDEFGH" * 40
    reading = read(code + b"\r")
    assert [(fault.kind, fault.detail) for fault in reading.faults] == [(K.OTHER_CODE, "324")]
    assert "ABCD" not in str(reading)  # a holder's code goes into no report


def test_code_that_is_sent_again_at_once_is_read_each_time() -> None:
    assert [each.sample for each in analyse((TEXT + b"\r\n") * 3)] == ["text"] * 3
