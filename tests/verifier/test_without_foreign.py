"""A base install, which has no `cryptography`: Ed25519 cards of others pass, ES256 ones are refused."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.cards import ISSUER, NOW, public
from tests.support.families import claim169, cose, pretix
from tests.support.foreign import P256, numbers
from tests.support.trust import jwk

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
sys.modules["cryptography"] = None  # what importing it then raises is what a base install raises
from verifier.clock import ClockQuality, ClockReading
from verifier.pipeline import judge
from verifier.model import Verdict
from verifier.profile import EntryType, Profile
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

asked = json.load(sys.stdin)
loaded = load_keys(json.dumps({"keys": asked["keys"]}).encode())
clock = ClockReading(now=asked["now"], quality=ClockQuality.TRUSTED, uncertainty_s=0)
profile = Profile(
    name="desk",
    entry_type=EntryType.QUERY,
    formats=("claim169", "pretix"),
    static=Verdict.GRANT,
    status_unknown=Verdict.GRANT,
)
known = Circumstances(
    trusted=TrustedSet(keys=loaded.keys, issued_at=None, lists={}),
    clock=clock,
    status_limits=profile.status_limits,
)
told = []
for code in asked["codes"]:
    decision = judge(code.encode(), profile=profile, lane=None, known=known).decision
    told.append([decision.verdict.value, decision.reason and decision.reason.value])
print(json.dumps({"told": told, "problems": loaded.problems}))
"""


def test_ed25519_cards_need_no_cryptography() -> None:
    own = {"kid": None, "status_lists": None}
    entries = [
        jwk(public(ISSUER), formats=["claim169", "pretix"], **own),
        jwk(b"", **numbers(P256), formats=["claim169"], **own),
    ]
    asked = {
        "keys": [{n: v for n, v in entry.items() if v is not None} for entry in entries],
        "now": NOW,
        "codes": [code.decode() for code in (claim169(), pretix(), claim169(cose(key=P256)))],
    }
    done = subprocess.run(  # our own interpreter
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    answer = json.loads(done.stdout)
    assert answer["told"] == [["grant", None], ["grant", None], ["deny", "S.ALG"]]
    assert len(answer["problems"]) == 1
    assert "foreign" in answer["problems"][0]
