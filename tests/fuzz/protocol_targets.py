"""What terminal and centre read of each other: lines, batches, profiles, headers."""

import json
from pathlib import Path
from random import Random

from protocol.batch import BATCH_OCTETS_MAX, Batch, BatchMalformed, batch_octets, read_batch
from protocol.http_signature import Request, SignatureMissing, read_signature, sign_request
from protocol.journal import (
    LINE_BYTES_MAX,
    Draft,
    LineMalformed,
    PresentationRecord,
    RefusalsRecord,
    compact,
    line_of,
    read_line,
)
from protocol.keys import SigningKey
from protocol.problems import Problem, ProblemCode, read_problem
from protocol.profile_file.reading import PROFILE_OCTETS_MAX, read_profile
from tests.fuzz.target import Noise, Target, mutated_json
from tests.support.cards import HOLDER, NOW
from verifier.clock import ClockQuality
from verifier.errors import TrustError
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

_AT = UnixSeconds(NOW)
_KEY = SigningKey(bytes(HOLDER))


def check_line(octets: bytes) -> None:
    """Read noise as a journal line: what is read is written the same again."""
    try:
        told = read_line(octets)
    except LineMalformed:
        return
    assert len(octets) <= LINE_BYTES_MAX
    assert compact(told.fields) == octets, "one line has two texts"


def check_batch(octets: bytes) -> None:
    """Read noise as a batch: what is read is sent the same again."""
    try:
        told = read_batch(octets)
    except BatchMalformed:
        return
    assert batch_octets(told) == octets, "one batch has two texts"


def check_profile(octets: bytes) -> None:
    """Read noise as a profile: what is read is a profile by its own name."""
    try:
        told = read_profile(octets, name="gate")
    except TrustError:
        return
    assert told.name == "gate"
    assert told.status_limits.soft_s <= told.status_limits.hard_s
    assert isinstance(told.static, Verdict)


def check_problem(octets: bytes) -> None:
    """Read noise as the centre's refusal: it never raises, and stays short."""
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError):
        return
    told = read_problem(document)
    assert told is None or len(told.detail) <= 500


def written(request: Request) -> bytes:
    """Return `request` as the fuzzer's text: method and path, headers, an empty line, body."""
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
    return f"{request.method} {request.path}\n{headers}\n".encode() + request.body


def _request(octets: bytes) -> Request:
    head, _, body = octets.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, path = first.partition(" ")
    pairs = (line.partition(": ") for line in lines)
    return Request(
        method=method,
        path=path,
        headers={name.lower(): value for name, _, value in pairs},
        body=body,
    )


def _signed(method: str, body: bytes, **headers: str) -> bytes:
    request = Request(
        method=method,
        path="/v1/terminals/gate-7/journal",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
    )
    added = sign_request(request, key=_KEY, key_id="gate-7", now=_AT)
    whole = Request(
        method=method, path=request.path, headers={**request.headers, **added}, body=body
    )
    return written(whole)


_REQUESTS = (
    _signed("GET", b""),
    _signed("POST", b"{}", content_type="application/json"),
    _signed("POST", b"\x1f\x8b", content_type="application/x-ndjson", content_encoding="gzip"),
)
_MESSAGES = frozenset(read_signature(_request(seed)).message for seed in _REQUESTS)


def check_http_signature(octets: bytes) -> None:
    """Read noise as a request: what is believed says what the terminal once signed."""
    request = _request(octets)
    try:
        told = read_signature(request)
    except SignatureMissing:
        return
    if told.is_by(_KEY.public):
        assert told.message in _MESSAGES, "a request that nobody signed was believed"


def _lines(count: int) -> tuple[bytes, ...]:
    record = PresentationRecord(
        entry_type=EntryType.PASSAGE,
        profile="gate",
        sector="s-1",
        pseudonym="aa" * 16,
        presentation="bb" * 16,
        iat=_AT,
        verdict=Verdict.REFER,
        reason=Reason.STATIC_CODE,
        ages=Ages(keys_s=1, status_s=None),
    )
    refusals = RefusalsRecord(since=_AT, counts={Reason.FORMAT_UNKNOWN: 3})
    drafts = [
        Draft(at=_AT, clock=ClockQuality.TRUSTED, lane="gate-1", record=each)
        for each in (record, refusals)
    ]
    return tuple(line_of(drafts[seq % 2], epoch=1, seq=seq + 1) for seq in range(count))


def _batch(count: int) -> bytes:
    return batch_octets(Batch(epoch=1, first=1, prev=bytes(32), lines=_lines(count)))


def mutated_line(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return a line, or one line of a batch, changed as JSON."""
    lines = octets.split(b"\n")
    place = random.randrange(len(lines))
    lines[place] = mutated_json(lines[place], random, noise)
    return b"\n".join(lines)


_SHIPPED = tuple(
    path.read_bytes()
    for path in sorted((Path(__file__).parents[2] / "central" / "profiles").glob("*.toml"))
)
_PROFILE = b"""entry_type = "passage"
formats = ["cc1", "eu-dcc"]
capability = "health-pass"
static = "grant"
status_limits = { soft_s = 60, hard_s = 120 }
open_ms = 3000
"""
_PROBLEM = Problem(code=ProblemCode.GAP, detail="entries are missing", members=(("need", 5),))

TARGETS = (
    Target(
        name="line",
        run=check_line,
        seeds=_lines(2),
        size_max=LINE_BYTES_MAX + 2,
        words=(b'"type":"annul"', b'"counts":{}', b"\\u0041", b"1e5", b"-0"),
        mutate=mutated_line,
    ),
    Target(
        name="batch",
        run=check_batch,
        seeds=(_batch(1), _batch(2), _batch(7)),
        # A whole batch is a megabyte; what a few lines do, many do as often.
        size_max=min(BATCH_OCTETS_MAX, 16_384),
        mutate=mutated_line,
    ),
    Target(
        name="profile",
        run=check_profile,
        seeds=(_PROFILE, *_SHIPPED),
        size_max=min(PROFILE_OCTETS_MAX, 4_096),
        words=(
            b"[status_limits]",
            b"[limits]",
            b'"deny"',
            b"_s = ",
            b"1979-05-27",
            b"inf",
            b'"""',
            b"'''",
        ),
    ),
    Target(
        name="problem",
        run=check_problem,
        seeds=(json.dumps(_PROBLEM.document()).encode(),),
        size_max=2_048,
        mutate=mutated_json,
    ),
    Target(
        name="http-signature",
        run=check_http_signature,
        seeds=_REQUESTS,
        size_max=4_096,
        words=(b"st=(", b'"@method" "@path"', b";created=", b'tag="scan-terminal"', b"sha-256=:"),
    ),
)
