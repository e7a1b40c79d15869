"""The CC1 vectors, and the two readers that they are put to: the product and the oracle."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.oracle.cc1 import judge as oracle
from verifier.clock import ClockQuality, ClockReading
from verifier.formats.cc1 import CC1
from verifier.model import FreshnessLimits, UnixSeconds, Verdict
from verifier.pipeline import Judgement, judge
from verifier.profile import EntryType, Profile
from verifier.status import StatusList
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "cc1"

# Whatever is left to a profile is denied, so that its reason shows.
STRICT = Profile(
    name="vectors",
    entry_type=EntryType.QUERY,
    static=Verdict.GRANT,
    status_unknown=Verdict.DENY,
    status_expired=Verdict.DENY,
    clock_untrusted=Verdict.GRANT,
)

Case = Mapping[str, object]


def cases() -> Iterator[tuple[str, Case]]:
    """Return every case of the pack under its file's name and its own."""
    for path in sorted(FOLDER.glob("*/*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield f"{path.parent.name}/{path.stem}: {case['name']}", case


def scanned(case: Case) -> bytes:
    """Return what the scanner delivers."""
    text = case["text"]
    return bytes.fromhex(case["text_octets"]) if text is None else text.encode()


def world(case: Case) -> oracle.World:
    """Return a case's circumstances as the oracle takes them."""
    return oracle.World(
        keys=case["keys"],
        now=case["now"],
        uncertainty_s=case["uncertainty_s"],
        clock_trusted=case["clock"] == "trusted",
        lists={
            (one["issuer"], one["name"]): oracle.StatusList(
                values=one["values"], iat=one["iat"], exp=one["exp"]
            )
            for one in case["status_lists"]
        },
        status_age_max_s=case["status_age_max_s"],
    )


def circumstances(known: oracle.World) -> Circumstances:
    """Return the oracle's circumstances as the product takes them, keys by way of its loader."""
    keys = json.dumps({"keys": list(known.keys)}, separators=(",", ":")).encode()
    lists = {
        (issuer, name): StatusList(
            name=name,
            issuer=issuer,
            bits=8,
            octets=bytes(one.values),
            issued_at=UnixSeconds(one.iat),
            expires_at=None if one.exp is None else UnixSeconds(one.exp),
        )
        for (issuer, name), one in known.lists.items()
    }
    quality = ClockQuality.TRUSTED if known.clock_trusted else ClockQuality.UNTRUSTED
    limit = known.status_age_max_s
    return Circumstances(
        trusted=TrustedSet(keys=load_keys(keys).keys, issued_at=None, lists=lists),
        clock=ClockReading(
            now=UnixSeconds(known.now), quality=quality, uncertainty_s=known.uncertainty_s
        ),
        status_limits=FreshnessLimits(soft_s=limit, hard_s=limit),
    )


def product(text: bytes, known: Circumstances) -> Judgement:
    """Return what the product makes of a text."""
    # Alone: another family may claim what is no code of this one.
    return judge(text, profile=STRICT, lane=None, known=known, formats=(CC1(),))


def reason_of(judgement: Judgement) -> str | None:
    """Return the first reason of stages D, S, T and R; an open status is for the profile to say."""
    failure = judgement.verification.failure
    if failure is not None:
        # What another family claims is answered with its own reason; here it is no code.
        return "D.UNK" if failure.value.startswith("P.") else failure.value
    decided = judgement.decision.reason
    return decided.value if decided is not None and decided.value.startswith("R.") else None
