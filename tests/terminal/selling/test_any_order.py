"""Sales in any order, with restarts between: every key is sold once at most, and told the same."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from terminal.local.problems import RequestRefused
from terminal.selling.requests import RequestState, ScanRequest
from tests.support.cards import NOW
from tests.support.counter import asked, card
from tests.terminal.test_service import Till, open_till
from verifier.model import Verdict

KEYS = tuple(f"sale-of-any-{number:04}" for number in range(4))
AMOUNTS = dict(zip(KEYS, (700, 1_900, 2_001, 1), strict=True))
CARD_SUM_MAX = 5_000  # of the counter's profile


class Sales(RuleBasedStateMachine):
    """One counter, two cards, four keys, and a power switch."""

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.folder = ExitStack(), ""
        self.drawn = NOW - 50
        self.paid: dict[str, tuple[int, int]] = {}  # by key: the entry that was told to be granted

    @initialize()
    def begin(self) -> None:
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.start()

    def start(self) -> None:
        self.running = ExitStack()
        self.till: Till = self.running.enter_context(open_till(Path(self.folder) / "journal.db"))

    def request(self, key: str) -> ScanRequest:
        return asked(AMOUNTS[key], key=key)

    @rule(key=sampled_from(KEYS))
    def arm(self, key: str) -> None:
        try:
            self.till.arm(self.request(key))
        except RequestRefused as refused:
            assert refused.problem.value == "lane-taken"  # noqa: PT017  # a rule may be refused

    @rule(number=integers(1, 2), is_redrawn=booleans())
    def show(self, number: int, *, is_redrawn: bool) -> None:
        """Show a card; one that is not redrawn was seen by whoever stood near."""
        self.drawn += is_redrawn
        request = self.till.counter.desk.requests.open_for("counter-1", 0)
        payload = card(number, drawn_at=min(self.drawn, NOW + 15))
        outcome = self.till.show(payload, request)
        if outcome.verdict is Verdict.GRANT:
            assert request is not None
            assert outcome.place is not None
            assert request.key not in self.paid, "sold twice"
            self.paid[request.key] = (outcome.place.epoch, outcome.place.seq)

    @rule(key=sampled_from(KEYS), is_undone=booleans())
    def abort(self, key: str, *, is_undone: bool) -> None:
        try:
            self.till.abort(self.request(key), not_handed_over=is_undone)
        except RequestRefused as refused:
            assert refused.problem.value == "request-unknown"  # noqa: PT017  # as above
            assert key not in self.paid

    @rule(key=sampled_from(KEYS), number=integers(1, 2))
    def reverse(self, key: str, number: int) -> None:
        try:
            view = self.till.reverse(self.request(key), f"back-of-{key}-{number}")
        except RequestRefused as refused:
            codes = ("request-unknown", "not-granted", "reversed-already")
            assert refused.problem.value in codes  # noqa: PT017  # as above
            return
        assert view.outcome is not None
        assert view.outcome.annulled is not None

    @rule()
    def cut_the_power(self) -> None:
        self.running.close()
        self.start()

    @invariant()
    def every_answer_is_what_the_journal_says(self) -> None:
        if not self.folder:
            return
        entries = self.till.counter.entries()
        granted = [e for e in entries if e["type"] == "sale" and e["verdict"] == "grant"]
        back = {e["reference"]["seq"]: e["seq"] for e in entries if e["type"] == "annul"}
        assert {e["key"]: (e["epoch"], e["seq"]) for e in granted} == self.paid
        assert len(granted) == len(self.paid)
        assert len(back) == sum(e["type"] == "annul" for e in entries), "taken back once"
        for entry in granted:
            view = self.till.get(self.request(entry["key"]))
            assert view.state is RequestState.COMPLETED
            assert view.outcome is not None
            annulled = view.outcome.annulled
            assert back.get(entry["seq"]) == (None if annulled is None else annulled.seq)
        for pseudonym in {e["pseudonym"] for e in granted}:
            own = [e for e in granted if e["pseudonym"] == pseudonym and e["seq"] not in back]
            assert sum(e["amount_minor"] for e in own) <= CARD_SUM_MAX

    def teardown(self) -> None:
        if self.folder:
            self.running.close()
        self.stack.close()


@pytest.mark.slow
def test_sales_in_any_order() -> None:
    """Prints the steps that fail, which can be run again."""
    case = Sales.TestCase()
    case.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
    case.runTest()
