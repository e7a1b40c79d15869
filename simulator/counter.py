"""A counter that sells: its till asks the lane for a card, and the lane decides that sale alone."""

from simulator.citizens import Purchase, Visit
from simulator.ending import Ending
from simulator.posts import Answer, Post
from simulator.till import Till

# The centre's word is waited for 0.8 s. On a machine whose cores are busy elsewhere it may come
# later; the sale is then refused as without a network, and a cashier tries it once more.
_TRIES = 5
# Held up again sooner, a code counts as still in view.
_AGAIN_S = 1.5
_FLOOR = "P.FLR"
_NOTHING = Answer(verdict=None, reason=None, seq=None, ms=None)


class Counter(Post):
    """A post with a till beside it."""

    till: Till  # connected once the terminal runs

    def present(self, visit: Visit, ending: Ending) -> Answer:
        """Sell what the visit is about; raises Ended at the end."""
        purchase = visit.purchase
        if purchase is None:
            return super().present(visit, ending)
        answer = self._sold(visit, purchase, ending)
        for _ in range(_TRIES if purchase.is_dear and visit.reason is None else 0):
            if answer.reason != _FLOOR:
                break
            ending.wait(_AGAIN_S)
            answer = self._sold(visit, purchase, ending)
        return answer

    def _sold(self, visit: Visit, purchase: Purchase, ending: Ending) -> Answer:
        """Arm the lane, have the code shown, and go by what the till is told of the sale."""
        key = self.till.next_key()
        if purchase.is_unheard:
            self.till.arm_unheard(key, purchase.amount_minor)
        else:
            self.till.arm(key, purchase.amount_minor)
        answer = super().present(visit, ending)
        told = self.till.state(key)
        outcome = told["outcome"]
        if outcome is None:  # whose card that was nobody knows; the next one is another sale
            self.till.abort(key)
            return answer if answer.seq is None else _NOTHING
        if (outcome["verdict"], outcome["reason"]) != (answer.verdict, answer.reason):
            return _NOTHING  # the till and the counter's line must say the same
        if answer.verdict == "grant":
            self.till.give_receipt(key, outcome)
            if purchase.is_returned:
                self.till.take_back(key)
        return answer
