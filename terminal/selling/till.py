"""What becomes of a proven presentation: asks the journal what the card used, and the centre."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from offline_cache.journal import Journal
from offline_cache.writer import JournalWriter
from protocol.approval import ANSWER_MS_MAX, Approval, ApprovalRequest, Word
from protocol.use import Use
from terminal.presenting import Deal, Names
from terminal.selling.approvals import Approvals
from terminal.selling.declines import Declines
from terminal.selling.requests import ScanRequest
from terminal.selling.terms import (
    amount_of,
    carries_asked,
    check_request,
    claim_of,
    is_stale,
    is_tapped_again,
    misplaced,
    offline_ceilings,
    remaining_of,
    sealed_of,
    use_of,
)
from verifier.clock import ClockReading
from verifier.limits import CardStanding, Ceilings, Way, Weighed, weigh, weigh_unreachable
from verifier.model import KeyTable, Verdict, Verification
from verifier.pipeline import Judgement
from verifier.profile import Profile
from verifier.reasons import Reason

# 128 bits: no two events of all terminals share a key by chance; 22 characters of base64url.
_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A presentation of a proven card, and where it was shown what for."""

    judgement: Judgement
    clock: ClockReading
    lane: str
    profile: Profile
    request: ScanRequest | None
    sector: str  # id of the key behind the two names
    names: Names
    keys: KeyTable

    @property
    def facts(self) -> Verification:
        """Return what was found of it."""
        return self.judgement.verification


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """A sale that nothing but its limits may refuse any more."""

    shown: Shown
    use: Use  # with its amount
    standing: CardStanding

    @property
    def amount(self) -> int:
        return self.use.amount_minor or 0


class Till:
    """Serves the daemon's loop; several lanes may wait in it at once."""

    def __init__(
        self,
        writer: JournalWriter,
        *,
        draw_per_mille: Callable[[], int] = lambda: secrets.randbelow(1_000),
        new_key: Callable[[], str] = lambda: secrets.token_urlsafe(_KEY_BYTES),
    ) -> None:
        """Ask nobody yet.

        Args:
            writer: of the journal.
            draw_per_mille: returns 0 to 999, each as likely, and never to be foreseen: whoever
                foresees it knows which sale the centre will not hear of in time.
            new_key: returns a key for one question to the centre.
        """
        self.approvals: Approvals | None = None  # None: no centre is ever asked here
        self._writer, self._draw, self._new_key = writer, draw_per_mille, new_key
        self._declines = Declines()

    async def deal(self, shown: Shown, *, value_stop: str) -> Deal:
        """Return what is to become of a presentation that names a card.

        Args:
            shown: the presentation.
            value_stop: why no money may move; empty: it may.

        Raises:
            CacheFault: the journal can't be asked.
            RequestRefused: the lane's profile, or the keys, have changed, and it fits no more.
        """
        decision, profile, request = shown.judgement.decision, shown.profile, shown.request
        if request is not None:
            check_request(request, profile, shown.keys, shown.clock.now)  # of new trust, perhaps
        use = use_of(profile, request)
        deal = Deal(verdict=decision.verdict, reason=decision.reason, use=use)
        if request is not None:
            deal = replace(deal, sealed=sealed_of(request, shown.keys, shown.clock.now))
        if deal.verdict is Verdict.DENY:
            return deal
        if not carries_asked(shown.facts, request):
            return _denied(deal, Reason.CAPABILITY_MISSING)
        if use is None:
            return deal
        if profile.money is None:
            return replace(deal, claim=claim_of(profile, Ceilings()))
        if value_stop:
            return _denied(deal, Reason.VALUE_STOPPED)
        return await self._sold(shown, deal, use)

    async def _sold(self, shown: Shown, deal: Deal, use: Use) -> Deal:
        """Return what becomes of a sale."""
        profile, now = shown.profile, shown.clock.now
        standing = await self._standing(shown)
        amount = amount_of(profile, shown.request, shown.facts, standing, now)
        sale = _Sale(shown=shown, use=replace(use, amount_minor=amount), standing=standing)
        deal = replace(deal, use=sale.use)
        money, limits = profile.money, profile.limits
        if money is None or limits is None or amount > money.amount_max_minor:
            return _denied(deal, Reason.FLOOR_LIMIT)  # no rule says how it could be granted
        deal = _placed(deal, sale)
        if deal.verdict is not Verdict.GRANT:
            return deal
        weighed = weigh(
            amount,
            standing,
            limits,
            is_stale=is_stale(shown.facts, profile),
            drawn_per_mille=self._draw(),
        )
        is_declined = amount > 0 and self._declines.stands(shown.names.pseudonym, now)
        if weighed.way is Way.ONLINE or (is_declined and weighed.way is Way.OFFLINE):
            return await self._asked(deal, sale)
        return _offline(deal, weighed, sale)

    async def _standing(self, shown: Shown) -> CardStanding:
        profile = shown.profile
        money, limits = profile.money, profile.limits

        def asked(journal: Journal) -> CardStanding:
            return journal.card_standing(
                shown.names.pseudonym,
                currency="" if money is None else money.currency,
                zone=profile.zone_name,
                profile=profile.name,
                at=shown.clock.now,
                velocity_window_s=0 if limits is None else limits.velocity_window_s,
            )

        return await asyncio.wrap_future(self._writer.call(asked))

    async def _asked(self, deal: Deal, sale: _Sale) -> Deal:
        """Return what becomes of a sale that the centre is asked about."""
        shown, limits = sale.shown, sale.shown.profile.limits
        patience_ms = min(ANSWER_MS_MAX, ANSWER_MS_MAX if limits is None else limits.approval_ms)
        word, name = await self._word(sale, patience_ms), shown.names.pseudonym
        if word is not None and word.word is Word.APPROVE:
            self._declines.forget(name)
            most = offline_ceilings(shown.profile, shown.facts)
            return replace(
                deal,
                use=replace(sale.use, approval=word.key),
                claim=claim_of(shown.profile, Ceilings()),
                remaining_minor=remaining_of(most, sale.standing, sale.amount, is_online=True),
            )
        if word is not None:
            self._declines.note(name, shown.clock.now)
            return replace(_denied(deal, Reason.DECLINED_ONLINE), declined=word.reason or "")
        if self._declines.stands(name, shown.clock.now):
            return _denied(deal, Reason.DECLINED_ONLINE)
        if limits is None:
            return _denied(deal, Reason.FLOOR_LIMIT)
        alone = weigh_unreachable(
            sale.amount,
            sale.standing,
            limits,
            is_stale=is_stale(shown.facts, shown.profile),
        )
        return _offline(deal, alone, sale)

    async def _word(self, sale: _Sale, patience_ms: int) -> Approval | None:
        """Return the centre's word; None: it has given none, and is not heard any more."""
        if self.approvals is None:
            return None
        shown = sale.shown
        request = ApprovalRequest(
            key=self._new_key(),
            at=shown.clock.now,
            lane=shown.lane,
            entry_type=shown.profile.entry_type,
            sector=shown.sector,
            pseudonym=shown.names.pseudonym,
            presentation=shown.names.presentation,
            amount_minor=sale.amount,
            currency=sale.use.currency,
        )
        answer = self.approvals.ask(
            request, keys=shown.keys, now=shown.clock.now, patience_ms=patience_ms
        )
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), patience_ms / 1_000)
        except TimeoutError:  # its thread is held up: by a name that is looked up, say
            return None


def _offline(deal: Deal, weighed: Weighed, sale: _Sale) -> Deal:
    """Return what becomes of a sale by the terminal's own rules."""
    shown = sale.shown
    most = offline_ceilings(shown.profile, shown.facts)
    match weighed.way:
        case Way.OFFLINE:
            return replace(
                deal,
                claim=claim_of(shown.profile, most),
                remaining_minor=remaining_of(most, sale.standing, sale.amount, is_online=False),
            )
        case Way.REFER:
            return replace(deal, verdict=Verdict.REFER, reason=weighed.reason)
        case Way.REFUSE | Way.ONLINE:  # which it can't be by then
            return _denied(deal, weighed.reason or Reason.FLOOR_LIMIT)


def _placed(deal: Deal, sale: _Sale) -> Deal:
    """Return what becomes of a sale by where its card is known to be, before anybody is asked.

    The ledger holds the same once more with the entry.
    """
    profile, now = sale.shown.profile, sale.shown.clock.now
    if is_tapped_again(profile, sale.standing, now):
        return _denied(deal, Reason.TAPPED_AGAIN)
    way = misplaced(profile, sale.standing, now)
    if way is None or (way[0] is Verdict.REFER and deal.verdict is not Verdict.GRANT):
        return deal
    return replace(deal, verdict=way[0], reason=way[1], claim=None)


def _denied(deal: Deal, reason: Reason) -> Deal:
    return replace(deal, verdict=Verdict.DENY, reason=reason, claim=None)
