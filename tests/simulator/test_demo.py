"""The demo as its user runs it: the real command, its objects, its exit status."""

import json
import subprocess
import sys

import pytest

KINDS = {
    "phone": ("grant", None),
    "printed card": ("refer", "P.STA"),
    "photograph": ("deny", "P.RPL"),
    "revoked card": ("deny", "R.REV"),
    "forged card": ("deny", "S.ISS"),
    "expired card": ("deny", "T.EXP"),
    "inner part": ("deny", "D.CNF"),
    "other card": ("deny", "P.CAP"),
    "printed again": ("deny", "P.RPS"),
}


@pytest.fixture(scope="module")
def told() -> list[dict[str, object]]:
    """Run the demo once; every object that it printed, the reconciliation last."""
    command = [sys.executable, "-m", "terminal", "demo", "--seconds", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.journey
def test_every_kind_of_citizen_gets_the_verdict_he_should_at_every_lane(
    told: list[dict[str, object]],
) -> None:
    seen = {(p["lane"], p["holder"], p["verdict"], p["reason"]) for p in told[:-1]}

    assert {lane for lane, *_ in seen} == {"gate-1", "kiosk-1", "pharmacy-1"}
    assert {(holder, verdict, reason) for _, holder, verdict, reason in seen} == {
        (holder, *outcome) for holder, outcome in KINDS.items()
    }
    assert all(p["right"] and isinstance(p["ms"], int) for p in told[:-1])


@pytest.mark.slow
@pytest.mark.journey
def test_lanes_go_on_while_the_centre_is_away(told: list[dict[str, object]]) -> None:
    offline = [p for p in told[:-1] if p["offline"]]

    assert offline
    assert all(p["right"] for p in offline)


@pytest.mark.slow
@pytest.mark.journey
def test_reconciliation_says_that_nothing_is_lost_or_doubled(told: list[dict[str, object]]) -> None:
    sums = told[-1]

    assert (sums["lost"], sums["doubled"], sums["wrong_verdicts"]) == (0, 0, 0)
    assert sums["entries"] == sums["acknowledged"] == sums["central"] > 0
    assert sums["gate_grants"] == sums["gate_openings"] > 0
