from tests.central.cli_runs import Run


def test_token_is_made_listed_without_itself_and_ended(run: Run) -> None:
    (made,) = run("token", "make", "dashboard", "--scope", "health", "--days", 2, "--json").objects
    text, token_id = str(made.pop("token")), made["token_id"]
    assert text.startswith(f"scan-central.{token_id}.")
    assert (made["name"], made["scopes"]) == ("dashboard", ["health"])
    listed = run("token", "list", "--json")
    assert listed.objects == [made]
    assert text not in run("token", "list").out
    assert run("token", "end", token_id).code == 0
    assert run("token", "list").out == ""
    assert run("token", "end", token_id).code == 1


def test_token_without_a_scope_reads_everything(run: Run) -> None:
    (made,) = run("token", "make", "dashboard", "--json").objects
    assert made["scopes"] == ["events", "health", "metrics"]
