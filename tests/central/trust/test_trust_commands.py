"""`scan-central publish` and `scan-central trust` as their users meet them."""

from pathlib import Path

import pytest

from central.site import open_site
from protocol.keys import SigningKey, to_base64url
from tests.central.cli_runs import Run, runner


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "centre"


@pytest.fixture
def run(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run a command on a centre that has published once."""
    monkeypatch.setenv("SCAN_CENTRAL_DIR", str(directory))

    run = runner(capsys)
    assert run("init").code == 0
    assert run("publish").code == 0
    return run


@pytest.fixture
def stick(directory: Path, tmp_path: Path, run: Run) -> Path:
    """Hold the policy's key; its profile has changed meanwhile."""
    del run
    stick = tmp_path / "stick"
    stick.mkdir()
    (directory / "keys/tuf/policy-1.key").rename(stick / "policy-1.key")
    (directory / "profiles").mkdir()
    (directory / "profiles/gate.toml").write_text('entry_type = "passage"\n')
    return stick


def test_every_role_is_shown_with_its_keys(run: Run, stick: Path) -> None:
    shown = {told["role"]: told for told in run("trust", "show", "--json").objects}
    assert shown.keys() == {
        "root",
        "targets",
        "issuers",
        "policy",
        "status",
        "snapshot",
        "timestamp",
        "bulk",
    }
    assert shown["root"]["threshold"] == 2
    names = [(key["name"], key["here"]) for key in shown["root"]["keys"]]
    assert names == [(f"root-{n}", True) for n in (1, 2, 3)]
    (policy,) = shown["policy"]["keys"]
    assert (policy["name"], policy["here"]) == ("policy-1", False)
    text = run("trust", "show").out
    assert f"    {policy['public']}  policy-1" in text
    assert "(policy-1)" in text
    assert "2 of targets-1, targets-2, targets-3" in text
    assert "(policy-1)" not in run("trust", "show", "--keys", stick).out


def test_draft_that_waits_is_shown(run: Run, stick: Path) -> None:
    del stick
    assert run("publish").code == 1
    shown = {told["role"]: told["draft"] for told in run("trust", "show", "--json").objects}
    assert shown == dict.fromkeys(shown) | {"policy": 2}
    assert "version 2 waits for signatures" in run("trust", "show").out


def test_publish_tells_what_waits_and_ends_with_1(run: Run, stick: Path, directory: Path) -> None:
    told = run("publish", "--json")
    assert told.code == 1
    draft = directory / "signing/2.policy.json"
    (members,) = told.objects
    assert members["waiting"] == [
        {"role": "policy", "missing": 1, "keys": ["policy-1"], "draft": str(draft)}
    ]
    assert told.err == (
        f"scan-central: not published yet: policy must be signed by 1 of policy-1: scan-central"
        f" trust sign {draft} --keys FOLDER, here or on another machine, then"
        f" scan-central publish --dir {directory}\n"
    )
    signed = run("trust", "sign", draft, "--keys", stick)
    assert signed.code == 0
    assert "policy 2, until " in signed.out
    assert "signed by policy-1\n" in signed.out
    assert "  policy/profiles/gate.toml\n" in signed.out
    assert run("publish").code == 0


def test_sign_needs_no_centre(run: Run, stick: Path, directory: Path, tmp_path: Path) -> None:
    run("publish")
    copy = tmp_path / "2.policy.json"
    (directory / "signing/2.policy.json").rename(copy)
    directory.rename(tmp_path / "gone")
    (told,) = run("trust", "sign", copy, "--keys", stick, "--json").objects
    assert (told["role"], told["signed_by"], told["unsigned"]) == ("policy", ["policy-1"], [])


def test_publish_takes_keys_from_a_stick(run: Run, stick: Path) -> None:
    (told,) = run("publish", "--keys", stick, "--json").objects
    assert (told["waiting"], told["changed"]) == ([], ["policy/profiles/gate.toml"])


def test_rotate_says_what_became_of_the_keys(run: Run, directory: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    told = run("trust", "rotate", "timestamp-1", "root-3", "--into", new, "--json").objects
    publics = [
        SigningKey(bytes.fromhex((new / f"{name}.key").read_text())).public.hex()
        for name in ("timestamp-2", "root-4")
    ]
    assert told[:2] == [
        {
            "role": "timestamp",
            "old": "timestamp-1",
            "new": "timestamp-2",
            "public": publics[0],
            "file": str(new / "timestamp-2.key"),
        },
        {
            "role": "root",
            "old": "root-3",
            "new": "root-4",
            "public": publics[1],
            "file": str(new / "root-4.key"),
        },
    ]
    assert told[2]["waiting"] == []
    assert (directory / "folder/tuf/metadata/2.root.json").exists()
    assert run("publish").code == 1  # the new key lies elsewhere
    assert run("publish", "--keys", new).code == 0


def test_renew_signs_for_another_year(run: Run, directory: Path) -> None:
    assert run("trust", "renew", "root", "issuers").code == 0
    for name in ("2.root.json", "2.issuers.json"):
        assert (directory / "folder/tuf/metadata" / name).exists()


def test_bulk_change_is_refused_until_it_is_approved(run: Run, directory: Path) -> None:
    run("issue", "--static", "--count", 60)
    store = open_site(directory).open_store()
    store.database.execute("UPDATE card SET status = 1")
    store.close()
    refused = run("publish")
    assert refused.code == 1
    assert f"scan-central trust approve --dir {directory} --keys FOLDER" in refused.err
    (approved,) = run("trust", "approve", "--json").objects
    assert (approved["flips"], approved["of"]) == (60, 1_024)
    assert Path(str(approved["record"])).parent == directory / "approvals"
    assert run("publish").code == 0
    assert run("trust", "approve").out == "nothing needs an approval\n"


def test_restored_is_a_command(run: Run, directory: Path) -> None:
    (directory.parent / "centre.counters").unlink()
    refused = run("publish")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert f"scan-central trust restored --dir {directory}" in refused.err
    (done,) = run("trust", "restored", "--json").objects
    assert done["version"] == 1_002
    assert run("publish").code == 0


def test_begin_anew_prints_the_new_root_and_what_it_costs(run: Run, directory: Path) -> None:
    told = run("trust", "begin-anew").out
    assert f"new trust root: {to_base64url(open_site(directory).pin)}\n" in told
    assert "no terminal believes it yet" in told
    assert run("publish").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rotate", "root-9"], "no key is called 'root-9'"),
        (["renew", "snapshot"], "root, targets, issuers, policy"),
        (["sign", "nothing.json"], "nothing.json"),
        (["show", "--keys", "nowhere"], "nowhere"),
    ],
)
def test_failure_is_one_line(run: Run, words: list[str], said: str) -> None:
    outcome = run("trust", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.err.startswith("scan-central: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["show", "sign", "rotate", "renew", "approve", "restored", "begin-anew"]
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    outcome = run("trust", command, "--help")
    assert outcome.code == 0
    assert "--json" in outcome.out
