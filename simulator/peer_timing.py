"""Times other libraries on codes of ours; run by the Python of another virtualenv, by itself.

Nothing of the project is imported here: python-cwt and pycose need an older cbor2 than ours.
Reads one JSON object (`sign1`, `claim169`, `key`, `kid`, `rounds`), writes one: for each
library what it did and its times in microseconds.
"""

import json
import sys
import time
from collections.abc import Callable

import claim169
from cwt import COSE, COSEKey
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

_RUSH = 100  # so often a measurement, as on our side
_ONE_SIGNATURE = "COSE octets to claims, one signature; no base45, no status, no decision"


def main() -> None:
    """Measure, in turn round by round."""
    asked = json.load(sys.stdin)
    octets, key = bytes.fromhex(asked["sign1"]), bytes.fromhex(asked["key"])
    steps = {
        "python-cwt": (_ONE_SIGNATURE, _cwt(octets, key, bytes.fromhex(asked["kid"]))),
        "pycose": (_ONE_SIGNATURE, _pycose(octets, key)),
        "claim169 (Rust)": (
            "the claim169 code: text to claims, one signature",
            lambda: claim169.decode_with_ed25519(asked["claim169"], key, validate_timestamps=False),
        ),
    }
    told: dict[str, tuple[str, list[float]]] = {
        name: (what, []) for name, (what, _) in steps.items()
    }
    for _ in range(asked["rounds"]):
        for name, (_, step) in steps.items():
            begun = time.perf_counter_ns()
            for _ in range(_RUSH):
                step()
            told[name][1].append((time.perf_counter_ns() - begun) / 1_000 / _RUSH)
    json.dump(told, sys.stdout)


def _cwt(octets: bytes, key: bytes, kid: bytes) -> Callable[[], object]:
    cose_key = COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -2: key})
    reader = COSE.new()
    return lambda: reader.decode(octets, [cose_key])


def _pycose(octets: bytes, key: bytes) -> Callable[[], object]:
    cose_key = OKPKey(crv=Ed25519, x=key)

    def step() -> None:
        message = Sign1Message.decode(octets)
        message.key = cose_key
        if not message.verify_signature():
            raise ValueError("pycose refuses the bench's own card")

    return step


if __name__ == "__main__":
    main()
