"""What serial scanners send: every framing, and what stands around a code."""

from collections.abc import Callable
from functools import partial

from drivers.framing.base import Frame, Outcome
from drivers.framing.delimited import Delimited
from drivers.serial_line.answers import Answer, AnswerCutter
from drivers.serial_line.content import Aim, Content, Encoding, without_eci
from tests.fuzz.target import Target
from tests.support.framings import KINDS, MAX, Kind

_LATER_MS = 60_000
# The others differ from these in a setting that changes no step.
_FUZZED = ("delimited", "delimited, long endings", "idle-gap", "stx-etx, all", "length", "ssi")
_CONTENTS = tuple(
    Content(aim=aim, encoding=encoding, is_eci=is_eci, code_id_bytes=1, preambles=(b"", b"QR"))
    for aim in Aim
    for encoding in Encoding
    for is_eci in (False, True)
)
_ANSWERS = (Answer(begin=b"\x02\x00\x00", size=7), Answer(begin=b"\x02\x01", end=b";\x03"))


def check_framing(kind: Kind, octets: bytes) -> None:
    """Cut noise up in two ways, with a pause in the middle: the same comes out, all of it small."""
    half = len(octets) // 2
    whole, single = kind.make(), kind.make()
    from_whole: list[Outcome] = []
    from_single: list[Outcome] = []
    for part, now_ms in ((octets[:half], 0), (octets[half:], 60), (b"", _LATER_MS)):
        from_whole += whole.receive(part, now_ms)
        for octet in part:
            from_single += single.receive(bytes((octet,)), now_ms)
        from_single += single.receive(b"", now_ms)
        assert len(whole._arrived.octets) <= MAX + 10, "octets are hoarded"
    assert from_single == from_whole, "the division into chunks shows"
    assert not whole.is_mid_line
    for outcome in from_whole:
        assert not isinstance(outcome, Frame) or 0 < len(outcome.payload) <= MAX


def check_answers(octets: bytes) -> None:
    """Cut noise with answers in it in two ways."""
    whole, single = (AnswerCutter(Delimited(line_bytes_max=MAX), _ANSWERS) for _ in range(2))
    from_whole: list[Outcome] = []
    from_single: list[Outcome] = []
    for stream in (whole, single):
        stream.expect(0)
    from_whole += whole.receive(octets, 0)
    for octet in octets:
        from_single += single.receive(bytes((octet,)), 0)
    for now_ms in (_LATER_MS, 2 * _LATER_MS):
        from_whole += whole.receive(b"", now_ms)
        from_single += single.receive(b"", now_ms)
    assert from_single == from_whole


def check_content(octets: bytes) -> None:
    """Read noise as a code with everything around it; escapes that are undone were escapes."""
    for content in _CONTENTS:
        read = content.read(octets)
        assert not isinstance(read, bytes) or len(read) <= len(octets)
    assert without_eci(octets.replace(b"\\", rb"\\")) == octets
    undone = without_eci(octets)
    if b"\\" not in octets:
        assert undone == octets


def _seeds(kind: Kind) -> tuple[bytes, ...]:
    code = b"CC1:A CODE".translate(None, kind.refuses)
    return (kind.encode(code), kind.encode(code) * 2, kind.encode(code)[1:] + kind.encode(code))


def _target(name: str, run: Callable[[bytes], None], seeds: tuple[bytes, ...]) -> Target:
    return Target(
        name=name,
        run=run,
        seeds=seeds,
        size_max=2_048,
        words=(b"\x02", b"\x03\x04", b"\r\n", b"\x55\xaa", b"\x5a", b"]Q2", b"\\000026"),
    )


TARGETS = (
    *(
        _target(
            f"framing-{name.replace(', ', '-').replace(' ', '-')}",
            partial(check_framing, kind),
            _seeds(kind),
        )
        for name, kind in KINDS.items()
        if name in _FUZZED
    ),
    _target(
        "scanner-answers",
        check_answers,
        (b"\x02\x00\x00\x01\x00\x33\x31CODE\r", b"\x02\x010000C11;\x03CODE\r"),
    ),
    _target("scanner-content", check_content, (b"QRs]Q2\\000026A\\\\B", b"QRs]Q141", b"s]Q1QQ==")),
)
