"""The verifier on the bench, against one libsodium verification in C and other libraries."""

import ctypes
import json
import subprocess
import zlib
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import replace
from pathlib import Path

import cbor2

from simulator.benched_card import (
    ISSUER,
    NOW,
    PROFILE,
    STATUS_INDEX,
    TEMPLATE,
    BenchedCard,
    make_card,
    trusted_key,
)
from simulator.ending import Ending
from simulator.measuring import Stage, Timing, measure, timed_us, timings_of
from terminal.errors import UsageError
from verifier.encoding import base45
from verifier.encoding.cose import sig_structure
from verifier.issuer_memory import IssuerMemory
from verifier.model import Role, Verdict
from verifier.pipeline import judge, parse
from verifier.policy import decide
from verifier.signature import is_signed_by
from verifier.status import list_name, value_at
from verifier.verify import Circumstances, verify

FLOOR = "one libsodium verification"

# What a city's gate can spare: the floor, and what may come on top (docs/benchmarks.md).
_STATIC, _DYNAMIC, _SEEN, _STATUS = 1.45, 2.8, 1.5, 0.02

# So often a measurement: a gate's rush, and below that the clock itself would be seen.
_RUSH, _SHORT = 100, 1_000
_PEER_TIMEOUT_S = 120


def verifier_stages(card: BenchedCard) -> Iterator[Stage]:
    """Yield the floor, and the verifier's own stages over one card."""
    credential, known = parse(card.dynamic), card.known
    facts = verify(credential, known, replay="bench")
    issued, key = credential.issued, card.key.public
    yield _stage(
        FLOOR, "of the issuer's part, libsodium called from C", libsodium_verification(card)
    )
    yield _stage(
        "signature",
        "the same through PyNaCl",
        lambda: is_signed_by(key, issued.message, issued.signature),
    )
    yield _stage("parse", "text to credential, form and all", lambda: parse(card.dynamic))
    yield _stage(
        "verify",
        "two signatures, window, status",
        lambda: verify(credential, known, replay="bench"),
    )
    yield _stage(
        "decide",
        "facts to a decision",
        lambda: decide(facts, PROFILE, lane="bench", clock=known.clock),
        times=_SHORT,
    )


def code_stages(card: BenchedCard) -> Iterator[Stage]:
    """Yield whole codes, from text to decision, each with its budget."""
    seen = replace(card.known, memory=IssuerMemory())
    yield _code("static code", "text to decision, one signature", card.static, card.known, _STATIC)
    yield _code(
        "dynamic code", "text to decision, two signatures", card.dynamic, card.known, _DYNAMIC
    )
    yield _code("dynamic code, seen", "its issuer part proven before", card.dynamic, seen, _SEEN)
    lists = card.known.trusted.lists

    def look_up() -> int:
        return value_at(lists[ISSUER, list_name(TEMPLATE, STATUS_INDEX)], STATUS_INDEX)

    yield _stage("status look-up", "index to list to value", look_up, times=_SHORT, budget=_STATUS)
    yield _code(
        "claim169 code",
        "text to decision, one signature, zlib, general CBOR",
        _foreign_text(card),
        _foreign_known(card),
    )


def _stage(
    name: str,
    what: str,
    step: Callable[[], object],
    *,
    times: int = _RUSH,
    budget: float | None = None,
) -> Stage:
    return Stage(
        name=name, what=what, floor=FLOOR, step=lambda _: step(), times=times, budget=budget
    )


def _code(
    name: str, what: str, text: bytes, known: Circumstances, budget: float | None = None
) -> Stage:
    def judged() -> Verdict:
        return judge(text, profile=PROFILE, lane="bench", known=known).decision.verdict

    if judged() is not Verdict.GRANT:
        raise ValueError(f"the bench's own {name} is not granted; its figures would mean nothing")
    return _stage(name, what, judged, budget=budget)


def libsodium_verification(card: BenchedCard) -> Callable[[], object]:
    """Return a call that verifies the issuer's part of `card` once.

    It is libsodium's own function: Debian's library, straight from its C.

    Raises:
        UsageError: there is none.
    """
    issued = parse(card.dynamic).issued
    name = find_library("sodium")
    if name is None:
        raise UsageError("bench needs libsodium as C code calls it: apt install libsodium23")
    library = ctypes.CDLL(name)
    library.sodium_init()
    verify_detached = library.crypto_sign_verify_detached
    verify_detached.argtypes = (
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_ulonglong,
        ctypes.c_char_p,
    )
    called_with = (issued.signature, issued.message, len(issued.message), card.key.public)
    if verify_detached(*called_with) != 0:
        raise ValueError("libsodium refuses the bench's own card")
    return lambda: verify_detached(*called_with)


def _foreign_card(card: BenchedCard) -> bytes:
    """Return a card of family claim169 by the same key: a COSE_Sign1 that any library can read."""
    protected = cbor2.dumps({1: -8, 4: card.key.kid})
    claims = {1: ISSUER, 4: NOW + 86_400, 5: NOW - 86_400, 6: NOW, 169: {1: "holder-0007"}}
    payload = cbor2.dumps(claims)
    signature = card.key.sign(sig_structure(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def _foreign_text(card: BenchedCard) -> bytes:
    return base45.encode(zlib.compress(_foreign_card(card)))


def _foreign_known(card: BenchedCard) -> Circumstances:
    key = replace(trusted_key(card.key, "claim169"), status_lists=None)
    trusted = replace(card.known.trusted, keys={(Role.CARD, key.kid): (key,)})
    return replace(card.known, trusted=trusted)


def bench_verifier(rounds: int, ending: Ending, peers: Path | None) -> list[Timing]:
    """Return the timings of the verifier, and those of other libraries on the same codes.

    Args:
        rounds: measurements a stage.
        ending: whether the end has come.
        peers: a Python that has python-cwt, pycose and claim169; None: without them.

    Raises:
        UsageError: libsodium, or a library of `peers`, is missing.
        Ended: the end has come.
    """
    card = make_card()
    stages = [*verifier_stages(card), *code_stages(card)]
    own = measure(stages, rounds, ending)
    if peers is None:
        return own
    floor = next(stage for stage in stages if stage.name == FLOOR)
    return own + _peers(card, floor, rounds, peers)


def _peers(card: BenchedCard, floor: Stage, rounds: int, python: Path) -> list[Timing]:
    """Return what other libraries take; the floor is measured again beside them."""
    program = Path(__file__).with_name("peer_timing.py")
    asked = {
        "sign1": _foreign_card(card).hex(),
        "claim169": _foreign_text(card).decode(),
        "key": card.key.public.hex(),
        "kid": card.key.kid.hex(),
        "rounds": rounds,
    }
    try:
        ran = subprocess.run(
            [python, "-I", program],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=_PEER_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--peers {python}: it can't be run ({error})") from error
    if ran.returncode != 0:
        why = ran.stderr.strip().splitlines()[-1:] or ["no word"]
        raise UsageError(f"--peers {python}: {why[0]}; see tests/oracle/requirements.txt")
    told = json.loads(ran.stdout)
    stages = [
        Stage(name=name, what=what, floor=FLOOR, step=print) for name, (what, _) in told.items()
    ]
    spent = {name: times for name, (_, times) in told.items()}
    return timings_of(stages, spent | {FLOOR: _floor_times(floor, rounds)})


def _floor_times(floor: Stage, rounds: int) -> list[float]:
    return [timed_us(floor, number) for number in range(rounds)]
