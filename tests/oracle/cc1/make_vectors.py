"""Write tests/vectors/cc1: `python -m tests.oracle.cc1.make_vectors`, from the repository's root.

Every case says its reason by hand, and the oracle must find the same, or nothing is written. Keys
come from fixed seeds, so the files are the same each time; a test holds them to it.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from tests.oracle.cc1 import (
    base45,
    cases_card,
    cases_entries,
    cases_frame,
    cases_holder,
    cases_now,
    cases_text,
    cases_trust,
    cases_valid,
    codes,
    judge,
)
from tests.oracle.cc1.scene import Case

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "cc1"
ORIGIN = "Made by tests/oracle/cc1/make_vectors.py from docs/cc1.md; keys from fixed seeds."

FILES: dict[str, Callable[[], Iterator[Case]]] = {
    "valid/static": cases_valid.static_codes,
    "valid/dynamic": cases_valid.dynamic_codes,
    "valid/trust": cases_valid.trust,
    "invalid/text": cases_text.texts,
    "invalid/frame": cases_frame.frame,
    "invalid/header": cases_frame.header,
    "invalid/card": cases_card.card_claims,
    "invalid/cnf": cases_card.confirmation,
    "invalid/holder": cases_holder.holder,
    "invalid/keys": cases_trust.keys,
    "invalid/issuer_signature": cases_trust.issuer_signatures,
    "invalid/phone_signature": cases_trust.phone_signatures,
    "edge/entries": cases_entries.entries,
    "edge/window": cases_now.windows,
    "edge/proof_time": cases_now.proof_times,
    "edge/untrusted_clock": cases_now.untrusted,
    "edge/status": cases_now.statuses,
    "edge/several": cases_now.several,
    "edge/exhaustive": cases_now.exhaustive,
}


def main() -> None:
    """Write every file."""
    for name in FILES:
        path = FOLDER / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(name), encoding="utf-8")


def text_of(name: str) -> str:
    """Return the text of one file."""
    make = FILES[name]
    document = {
        "about": (make.__doc__ or "").splitlines()[0],
        "origin": ORIGIN,
        "cases": [record(case) for case in make()],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def record(case: Case) -> dict[str, object]:
    """Return one case with all its intermediates.

    Raises:
        ValueError: the oracle does not find the reason that the case says.
    """
    finding = judge.judge(case.scanned, case.world)
    if finding.reason != case.reason:
        raise ValueError(f"{case.name}: {finding.reason}, not {case.reason}")
    return {
        "name": case.name,
        "comment": case.comment,
        "keys": list(case.keys),
        "status_lists": [
            {"issuer": one.issuer, "name": one.name, "iat": one.iat, "exp": one.exp}
            | {"values": list(one.values)}
            for one in case.lists
        ],
        "status_age_max_s": case.status_age_max_s,
        "now": case.now,
        "clock": case.clock,
        "uncertainty_s": case.uncertainty_s,
        **_scanned(case.scanned),
        **_parts(finding.parts),
        "expected": _expected(finding),
        **(_exhaustive(case) if case.exhaustive else {}),
    }


def _scanned(text: bytes) -> dict[str, object]:
    octets = None
    if text.startswith(codes.PREFIX.encode()) and len(text) <= codes.TEXT_OCTETS_MAX:
        with suppress(base45.NotBase45Error):
            octets = base45.decode(text[len(codes.PREFIX) :].decode("latin-1")).hex()
    try:
        return {"text": text.decode(), "octets": octets}
    except UnicodeDecodeError:
        return {"text": None, "text_octets": text.hex(), "octets": octets}


def _parts(code: codes.Code | None) -> dict[str, object]:
    if code is None:
        return {"issuer": None, "holder": None}
    part, proof = code.issuer, code.holder
    issuer = _signed(part) | {
        "kid": part.kid.hex(),
        "exp": part.exp,
        "nbf": part.nbf,
        "cnf": part.holder_key.hex() if part.holder_key else None,
        "subject": part.subject.hex(),
        "types": part.types,
        "capabilities": part.capabilities,
        "status": part.status,
    }
    if proof is None:
        return {"issuer": issuer, "holder": None}
    cnonce = None if proof.cnonce is None else proof.cnonce.hex()
    claims = {"aud": proof.aud, "iat": proof.iat, "cnonce": cnonce}
    return {"issuer": issuer, "holder": _signed(proof) | claims}


def _signed(part: codes.IssuerPart | codes.HolderPart) -> dict[str, object]:
    return {
        "alg": part.alg,
        "protected": part.protected.hex(),
        "payload": part.payload.hex(),
        "to_be_signed": part.to_be_signed.hex(),
        "signature": part.signature.hex(),
    }


def _expected(finding: judge.Finding) -> dict[str, object]:
    return {
        "stages": finding.stages,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "issuer": None if finding.key is None else finding.key["issuer"],
    }


def _exhaustive(case: Case) -> dict[str, object]:
    octets = case.octets
    return {
        "text_prefixes": _reasons(case, (case.scanned[:n] for n in range(len(case.scanned)))),
        "octet_prefixes": _reasons(case, (_text(octets[:n]) for n in range(len(octets)))),
        "bit_changes": _reasons(case, (_text(change) for change in bit_changes(octets))),
    }


def bit_changes(octets: bytes) -> Iterator[bytes]:
    """Return every one-bit change of `octets`, from the lowest bit of the first octet up."""
    for bit in range(len(octets) * 8):
        changed = bytearray(octets)
        changed[bit >> 3] ^= 1 << (bit & 7)
        yield bytes(changed)


def _text(octets: bytes) -> bytes:
    return codes.to_text(octets).encode()


def _reasons(case: Case, texts: Iterable[bytes]) -> list[list[object]]:
    """Return runs of one reason as [how many, reason], in the order of `texts`."""
    found = (judge.judge(text, case.world).reason for text in texts)
    return [[len(list(run)), reason] for reason, run in groupby(found)]


if __name__ == "__main__":
    main()
