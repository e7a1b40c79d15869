"""`scan-central operator` and `scan-central audit`."""

import io
import re
from contextlib import closing

import pytest

from central.operators.values import OperatorRole
from central.site import Site
from protocol.keys import is_password_of
from tests.central.cli_runs import Run
from tests.conftest import ROOT

_PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the password on standard input, as a script would."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{_PASSWORD}\n{_PASSWORD}\n"))


@pytest.mark.slow
@pytest.mark.usefixtures("typed")
def test_operator_is_added_changed_and_removed_and_the_audit_tells(run: Run, site: Site) -> None:
    (made,) = run("operator", "add", "li", "--role", "operator", "--json").objects
    assert (made["name"], made["role"]) == ("li", "operator")
    with closing(site.open_store()) as store:
        operator = store.operators.get("li")
    assert operator is not None
    assert is_password_of(operator.password, _PASSWORD)
    assert run("operator", "role", "li", "admin").code == 0
    assert run("operator", "password", "li").code == 0
    (listed,) = run("operator", "list", "--json").objects
    assert listed["role"] == OperatorRole.ADMIN.value
    assert run("operator", "remove", "li").code == 0
    assert run("operator", "list").out == ""
    told = run("audit", "--json").objects
    assert [(each["what"], each["on"], each["via"]) for each in told] == [
        ("operator.add", "li", "command"),
        ("operator.role", "li", "command"),
        ("operator.password", "li", "command"),
        ("operator.remove", "li", "command"),
    ]
    assert _PASSWORD not in run("audit").out


@pytest.mark.usefixtures("typed")
def test_nobody_is_changed_who_is_not_there(run: Run) -> None:
    for words in (("role", "li", "admin"), ("remove", "li")):
        outcome = run("operator", *words)
        assert (outcome.code, "no operator is called 'li'" in outcome.err) == (1, True)


def test_password_that_is_no_good_makes_no_operator(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    outcome = run("operator", "add", "li")
    assert (outcome.code, "15 to 256 characters" in outcome.err) == (2, True)
    assert run("operator", "list").out == ""


def test_audit_that_somebody_changed_is_told_by_its_exit(run: Run, site: Site) -> None:
    run("token", "make", "dashboard")
    assert run("audit", "--check").code == 0
    with closing(site.open_store()) as store:
        store.database.execute("UPDATE audit SET line = ?", (b'{"number":1}',))
    outcome = run("audit", "--check", "--json")
    assert (outcome.code, outcome.objects[0]["broken_at"]) == (1, 1)


def test_what_commands_do_to_terminals_cards_and_tokens_is_audited(run: Run, site: Site) -> None:
    with closing(site.open_store()) as store, store.transaction():
        store.terminals.begin_epoch("gate-1", public=bytes(32), now=site.created_at)
    (card,) = run("issue", "--static", "--capabilities", "shop").objects
    run("enrolment", "gate-2")
    (token,) = run("token", "make", "dashboard", "--json").objects
    run("token", "end", token["token_id"])
    run("suspend", "--terminal", "gate-1")
    run("suspend", "--terminal", "gate-1", "--resume")
    run("revoke", "--status", card["status"])
    run("wipe", "gate-1")
    run("wipe", "gate-1", "--take-back")
    told = [each["what"] for each in run("audit", "--json").objects]
    assert told == [
        "card.issue",
        "enrolment.make",
        "token.make",
        "token.end",
        "terminal.suspend",
        "terminal.resume",
        "card.revoked",
        "terminal.wipe",
        "terminal.wipe-back",
    ]


@pytest.mark.parametrize("url", ["http://city.example", "https://", "https://city.example/x", "x"])
def test_public_url_without_tls_is_refused(run: Run, url: str) -> None:
    outcome = run("serve", "--operators", "--public-url", url)
    assert (outcome.code, "--public-url is https://HOST" in outcome.err) == (2, True)


def test_every_word_of_the_audit_stands_on_the_operators_page() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    written = re.compile(
        r'(?:audited\(store, |_act\([a-z]+, |what=)"(sign-[a-z]+|[a-z-]+\.[a-z-]+)"'
    )
    words = {
        word
        for path in (ROOT / "central").rglob("*.py")
        for word in written.findall(path.read_text("utf-8"))
    }
    assert {"sign-in", "case.claim", "token.make", "details.open"} <= words
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []
