from collections.abc import Iterator
from contextlib import closing

import pytest

from central.errors import BadRequest, Refused
from central.holder.invitations import (
    HOURS_MAX,
    INVITATION_S,
    INVITATIONS_MAX,
    TEST_SUBJECT,
    invitation_id,
    invite,
    redeem,
)
from central.operators.audit import lines
from central.site import Site
from central.store.invitations import Invitation
from central.store.store import Store
from protocol.keys import new_signing_key
from tests.central.peers import START
from tests.central.stores import Held
from verifier.encoding.base45 import encode
from verifier.errors import MalformedPayload
from verifier.formats.cc1 import CC1
from verifier.model import UnixSeconds

PHONE, OTHER = new_signing_key().public, new_signing_key().public


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    with closing(site.open_store()) as opened:
        yield opened


def invited(store: Store, *, hours: int = 24) -> str:
    return invitation_id(invite(store, types=1, capabilities=3, hours=hours, now=START)[0])


def refused(site: Site, store: Store, name: str, public: bytes, at: int = START) -> str:
    with pytest.raises(Refused) as caught:
        redeem(site, store, name, public, now=UnixSeconds(at))
    return caught.value.problem.code.value


def test_an_unknown_an_ended_and_a_used_invitation_give_no_card(site: Site, store: Store) -> None:
    assert refused(site, store, "0" * 32, PHONE) == "code-unknown"
    late = invited(store)
    assert refused(site, store, late, PHONE, START + INVITATION_S) == "code-expired"
    used = invited(store)
    redeem(site, store, used, PHONE, now=START)
    assert refused(site, store, used, OTHER) == "code-used"
    assert store.cards.allotted() == 1  # a refusal takes no place


@pytest.mark.parametrize("hours", [0, -1, HOURS_MAX + 1])
def test_no_test_card_is_good_for_longer_than_a_week(store: Store, hours: int) -> None:
    with pytest.raises(BadRequest, match=f"1 to {HOURS_MAX} hours"):
        invite(store, types=0, capabilities=0, hours=hours, now=START)


def test_invitations_that_wait_are_bounded_and_end_by_themselves(store: Store) -> None:
    for _ in range(INVITATIONS_MAX):
        invited(store)
    with pytest.raises(BadRequest, match="wait already"):
        invited(store)
    later = UnixSeconds(START + INVITATION_S)
    invite(store, types=0, capabilities=0, hours=1, now=later)
    assert len(store.invitations.all()) == 1


def test_the_card_is_the_phones_in_the_bounds_of_its_invitation_and_marked(
    site: Site, store: Store
) -> None:
    name = invited(store, hours=2)
    last = UnixSeconds(START + INVITATION_S - 1)
    given = redeem(site, store, name, PHONE, now=last)
    assert given.use is not None
    assert PHONE in given.use.issuer_part
    with pytest.raises(MalformedPayload):  # alone it is nothing: the phone must sign
        CC1().parse(b"CC1:" + encode(given.use.issuer_part))
    assert TEST_SUBJECT in given.use.issuer_part
    assert (last + 7_200).to_bytes(4, "big") in given.use.issuer_part
    assert redeem(site, store, name, PHONE, now=UnixSeconds(last + 9)) == given  # asked again
    assert store.cards.allotted() == 1
    (line,) = lines(store)
    assert b"test-card.issue" in line.line
    assert PHONE.hex().encode() not in line.line


def test_an_invitation_is_kept_as_it_was_made(held: Held) -> None:
    made = Invitation(
        invitation_id="0" * 32,
        types=1,
        capabilities=127,
        valid_s=60,
        made_at=START,
        expires_at=UnixSeconds(START + 1),
    )
    held.store.invitations.add(made)
    assert held.store.invitations.all() == [made]
    held.store.invitations.forget_ended(START)
    assert held.store.invitations.locked("0" * 32) == made
    held.store.invitations.forget_ended(UnixSeconds(START + 1))
    assert held.store.invitations.all() == []
