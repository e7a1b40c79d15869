"""The bench: every stage of a scan on real parts, against floors measured in the same run."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from central.cards import CardClaims, dynamic_code, issuer_part
from drivers.decode import Decoder
from offline_cache.journal import Append, Journal
from offline_cache.replay import DynamicClaim
from protocol.journal import compact
from protocol.keys import SigningKey, new_signing_key
from protocol.pseudonym import SectorKey
from simulator.benched_sync import SyncBench
from simulator.ending import NEVER, Ending, until_signalled
from simulator.scenes import Scene, draw
from simulator.view import Screen, printing
from terminal.presenting import entry_for
from verifier.clock import ClockQuality, ClockReading
from verifier.model import FreshnessLimits, KeyKind, Role, TrustedKey, UnixSeconds
from verifier.pipeline import judge, parse
from verifier.policy import EntryType, Profile, decide
from verifier.signature import is_signed_by
from verifier.status import StatusList
from verifier.verify import Circumstances, TrustedSet, verify

_NOW = UnixSeconds(1_800_000_000)
_ISSUER, _TEMPLATE = "city.example", "status/city.example/{shard}.cwt"
_PROFILE = Profile(name="bench", entry_type=EntryType.PASSAGE)
_SECTOR = SectorKey("bench", bytes(32))
_LIMITS = FreshnessLimits(soft_s=3_600, hard_s=259_200)
_FLOOR_LINE = bytes(400)  # as long as an entry with its chain value

# One upload is as dear as a hundred commits; fewer of them tell enough.
_SYNC_SHARE = 10
VERIFY_FLOOR, SYNC_FLOOR = "one libsodium verification", "one fdatasync append"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Something to time, and the floor it is held against."""

    name: str
    what: str
    floor: str
    step: Callable[[int], object]  # given the round's number
    share: int = 1  # done every `share` rounds
    prepare: Callable[[], object] = lambda: None  # before each step, not timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a stage took."""

    name: str
    what: str
    floor: str
    median_us: float
    p99_us: float
    ratio: float  # median to the floor's median

    def members(self) -> dict[str, object]:
        """Return the JSON object of `bench --json`."""
        return {
            "stage": self.name,
            "what": self.what,
            "median_us": round(self.median_us, 2),
            "p99_us": round(self.p99_us, 2),
            "floor": self.floor,
            "ratio": round(self.ratio, 3),
        }


def run_bench(*, rounds: int, as_json: bool) -> int:
    """Measure and print every stage; return 0, or 130 after Ctrl-C."""

    def work(ending: Ending) -> int:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-bench-")))
            timings = measure(list(_stages(folder, stack, ending)), rounds, ending)
        with printing():
            _print(timings, rounds, as_json=as_json)
        return 0

    return until_signalled("bench", work)


def measure(stages: list[Stage], rounds: int, ending: Ending = NEVER) -> list[Timing]:
    """Return the timings of `stages`, done in turn round by round so that noise hits all alike.

    Raises:
        Ended: the end has come.
    """
    spent: dict[str, list[int]] = {stage.name: [] for stage in stages}
    for number in range(rounds):
        for stage in stages:
            ending.check()
            if number % stage.share == 0:
                stage.prepare()
                begun = time.perf_counter_ns()
                stage.step(number)
                spent[stage.name].append(time.perf_counter_ns() - begun)
    medians = {stage.name: statistics.median(spent[stage.name]) / 1_000 for stage in stages}
    return [
        Timing(
            name=stage.name,
            what=stage.what,
            floor=stage.floor,
            median_us=medians[stage.name],
            p99_us=sorted(spent[stage.name])[len(spent[stage.name]) * 99 // 100] / 1_000,
            ratio=medians[stage.name] / medians[stage.floor],
        )
        for stage in stages
    ]


def _stages(folder: Path, stack: ExitStack, ending: Ending) -> Iterator[Stage]:
    """Yield floors and stages over one card, one frame, one journal and one centre."""
    text, known = _scene_of_one_card()
    yield from _verifier_stages(text, known)
    frame = draw(text, scene=Scene(), rng=np.random.default_rng(1))
    luma = np.ascontiguousarray(frame.mean(axis=2).astype(np.uint8))
    decoder = Decoder()
    if [reading.payload.decode() for reading in decoder.read(luma)] != [text]:
        raise ValueError("the bench's own frame is not read; its figures would mean nothing")
    yield Stage(
        name="decode",
        what="a 1280x720 frame with a code of 375 characters",
        floor=VERIFY_FLOOR,
        step=lambda _: decoder.read(luma),
    )
    yield from _journal_stages(folder, stack, text, known)
    bench = stack.enter_context(SyncBench(folder, ending))
    yield Stage(
        name="sync",
        what=f"{bench.entries} entries to a centre on loopback, acknowledged and kept",
        floor=SYNC_FLOOR,
        step=lambda _: bench.round(),
        share=_SYNC_SHARE,
        prepare=bench.fill,
    )


def _scene_of_one_card() -> tuple[str, Circumstances]:
    """Return a dynamic code and what a terminal knows when it comes."""
    key, holder = new_signing_key(), new_signing_key()
    claims = CardClaims(
        not_before=UnixSeconds(_NOW - 86_400),
        expires_at=UnixSeconds(_NOW + 86_400),
        subject=b"holder-7",
        types=3,
        capabilities=127,
        status_index=70_000,
    )
    part = issuer_part(claims=claims, key=key, holder_key=holder.public)
    return dynamic_code(part, holder=holder, drawn_at=_NOW), _known(key)


def _known(key: SigningKey) -> Circumstances:
    trusted = TrustedKey(
        kid=key.kid,
        role=Role.CARD,
        issuer=_ISSUER,
        key=key.public,
        kind=KeyKind.ED25519,
        algorithms=(-19, -8),
        formats=("cc1",),
        not_before=UnixSeconds(_NOW - 86_400),
        expires_at=UnixSeconds(_NOW + 86_400),
        capabilities=127,
        status_lists=_TEMPLATE,
    )
    name = _TEMPLATE.format(shard=0)
    shard = StatusList(
        name=name, issuer=_ISSUER, bits=2, octets=bytes(1 << 18), issued_at=_NOW, expires_at=None
    )
    return Circumstances(
        trusted=TrustedSet(
            keys={(Role.CARD, key.kid): (trusted,)}, issued_at=_NOW, lists={(_ISSUER, name): shard}
        ),
        clock=ClockReading(now=_NOW, quality=ClockQuality.TRUSTED, uncertainty_s=0),
        status_limits=_LIMITS,
    )


def _verifier_stages(text: str, known: Circumstances) -> Iterator[Stage]:
    payload = text.encode()
    credential = parse(payload)
    facts = verify(credential, known, replay="bench")
    issued, key = credential.issued, next(iter(known.trusted.keys.values()))[0].key
    yield Stage(
        name=VERIFY_FLOOR,
        what="of the issuer's part, through PyNaCl",
        floor=VERIFY_FLOOR,
        step=lambda _: is_signed_by(key, issued.message, issued.signature),
    )
    yield Stage(
        name="parse",
        what="text to credential, form and all",
        floor=VERIFY_FLOOR,
        step=lambda _: parse(payload),
    )
    yield Stage(
        name="verify",
        what="two signatures, window, status",
        floor=VERIFY_FLOOR,
        step=lambda _: verify(credential, known, replay="bench"),
    )
    yield Stage(
        name="decide",
        what="facts to a decision",
        floor=VERIFY_FLOOR,
        step=lambda _: decide(facts, _PROFILE, lane="bench", clock=known.clock),
    )


def _journal_stages(
    folder: Path, stack: ExitStack, text: str, known: Circumstances
) -> Iterator[Stage]:
    floor = stack.enter_context((folder / "floor").open("ab", buffering=0))
    journal = Journal(folder / "bench.db", terminal="bench", epoch=1)
    stack.callback(journal.close)
    judged = judge(text.encode(), profile=_PROFILE, lane="bench", known=known)
    entry = entry_for(judged, lane="bench", profile=_PROFILE, sector=_SECTOR, clock=known.clock)
    if entry is None:
        raise ValueError("the bench's own card makes no entry; its figures would mean nothing")
    draft = entry.draft

    def append_to_file(_: int) -> None:
        floor.write(_FLOOR_LINE)
        os.fdatasync(floor.fileno())

    def commit(number: int) -> None:
        claim = DynamicClaim(pseudonym="bench", iat=UnixSeconds(_NOW + number))
        journal.append_all([Append(draft=draft, claim=claim)])

    yield Stage(
        name=SYNC_FLOOR,
        what=f"{len(_FLOOR_LINE)} octets to a file in the same folder",
        floor=SYNC_FLOOR,
        step=append_to_file,
    )
    yield Stage(name="commit", what="one entry and its replay claim", floor=SYNC_FLOOR, step=commit)


def _print(timings: list[Timing], rounds: int, *, as_json: bool) -> None:
    if not as_json:
        _print_table(timings, rounds)
        return
    for timing in timings:
        print(compact(timing.members()).decode(), flush=True)


def _print_table(timings: list[Timing], rounds: int) -> None:
    table = Table(title=f"one scan, stage by stage, {rounds} rounds")
    for heading in ("stage", "median", "p99", "ratio to floor", "what"):
        numeric = heading in {"median", "p99", "ratio to floor"}
        table.add_column(heading, justify="right" if numeric else "left")
    for timing in timings:
        told = f"{timing.ratio:.2f} x {'verify' if timing.floor == VERIFY_FLOOR else 'fdatasync'}"
        table.add_row(
            timing.name,
            f"{timing.median_us:,.1f} us",
            f"{timing.p99_us:,.1f} us",
            told,
            timing.what,
        )
    Screen().print(table)
