import pytest

from central.errors import BadRequest, NotFound, Refused
from central.records import Scope
from central.tokens import DAYS_MAX, TOKENS_MAX, check_token, end_token, make_token
from protocol.problems import ProblemCode
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds

_DAY_S = 86_400
_ONE = frozenset({Scope.EVENTS})


def _refusal(held: Held, header: str, *, now: UnixSeconds = START) -> ProblemCode:
    with pytest.raises(Refused) as refused:
        check_token(held.store, header, Scope.EVENTS, now=now)
    return refused.value.problem.code


def test_nothing_but_a_whole_token_that_was_given_out_passes(held: Held) -> None:
    text, token = make_token(held.store, "dashboard", _ONE, days=1, now=START)
    other = text[:-1] + ("A" if text[-1] != "A" else "B")
    unknown = text.replace(token.token_id, "0" * 16)
    for header in ("", "Bearer", f"Basic {text}", text, f"Bearer {text} ", "Bearer \u00e9"):
        assert _refusal(held, header) is ProblemCode.TOKEN
    for forged in (other, unknown, text[:-1], f"{text}A", token.digest.hex()):
        assert _refusal(held, f"Bearer {forged}") is ProblemCode.TOKEN


def test_token_passes_for_its_scope_until_it_ends(held: Held) -> None:
    text, token = make_token(held.store, "dashboard", _ONE, days=1, now=START)
    last = UnixSeconds(START + _DAY_S - 1)
    check_token(held.store, f"bearer {text}", Scope.EVENTS, now=last)
    assert _refusal(held, f"Bearer {text}", now=token.expires_at) is ProblemCode.TOKEN
    with pytest.raises(Refused) as refused:
        check_token(held.store, f"Bearer {text}", Scope.HEALTH, now=START)
    assert refused.value.problem.code is ProblemCode.SCOPE


def test_token_that_was_ended_opens_nothing(held: Held) -> None:
    text, token = make_token(held.store, "dashboard", _ONE, days=1, now=START)
    end_token(held.store, token.token_id)
    assert _refusal(held, f"Bearer {text}") is ProblemCode.TOKEN
    with pytest.raises(NotFound, match="token list"):
        end_token(held.store, token.token_id)


def test_token_itself_is_kept_nowhere(held: Held) -> None:
    text, token = make_token(held.store, "dashboard", frozenset(Scope), days=1, now=START)
    assert held.store.tokens.all() == [token]
    secret = text.rpartition(".")[2]
    assert secret not in repr(held.store.database.rows("SELECT * FROM operator_token"))


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", _ONE, 1),
        ("a b", _ONE, 1),
        ("a" * 65, _ONE, 1),
        ("a", frozenset[Scope](), 1),
        ("a", _ONE, 0),
        ("a", _ONE, DAYS_MAX + 1),
    ],
)
def test_token_without_name_scope_or_end_is_not_made(
    held: Held, name: str, scopes: frozenset[Scope], days: int
) -> None:
    with pytest.raises(BadRequest):
        make_token(held.store, name, scopes, days=days, now=START)


def test_tokens_are_bounded_and_ended_ones_make_room(held: Held) -> None:
    for _ in range(TOKENS_MAX):
        make_token(held.store, "a", _ONE, days=1, now=START)
    with pytest.raises(BadRequest, match="token end"):
        make_token(held.store, "a", _ONE, days=1, now=START)
    make_token(held.store, "a", _ONE, days=1, now=UnixSeconds(START + _DAY_S))
    assert len(held.store.tokens.all()) == 1
