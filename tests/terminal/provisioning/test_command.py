import os
import re
from pathlib import Path

import pytest

from protocol.keys import to_base64url
from terminal.commands.enrolling import enrol, trust_root
from terminal.errors import ControlError, SettingsError, UsageError
from terminal.provisioning.pinned import pin_root, root_on_disk

ROOT = to_base64url(bytes(range(32)))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "t.toml"
    path.write_text(f'[terminal]\nstate = "{tmp_path / "s"}"\n[centre]\ntrust_root = "{ROOT}"\n')
    return path


def test_enrol_wants_exactly_one_way(config: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give one of"):
        enrol(None, config)
    with pytest.raises(UsageError, match="give one of"):
        enrol("A" * 26, config, arm=True)
    with pytest.raises(UsageError, match="give one of"):
        enrol(None, config, disarm=True, request=tmp_path)


@pytest.mark.parametrize("minutes", [0, 16])
def test_enrol_arms_for_a_quarter_of_an_hour_at_most(config: Path, minutes: int) -> None:
    with pytest.raises(UsageError, match="1 to 15 minutes"):
        enrol(None, config, arm=True, minutes=minutes)


@pytest.mark.parametrize("minutes", [1, 15])
def test_without_a_daemon_there_is_nothing_to_arm(config: Path, minutes: int) -> None:
    with pytest.raises(ControlError, match="no daemon runs here"):
        enrol(None, config, arm=True, minutes=minutes)


def test_a_typing_error_is_told_before_anybody_is_asked(config: Path) -> None:
    with pytest.raises(UsageError, match="26 letters"):
        enrol("A" * 25, config)


def test_a_machine_that_was_told_of_no_centre_says_what_to_do(config: Path) -> None:
    with pytest.raises(SettingsError, match=r"set centre\.url"):
        enrol("A" * 26, config)


def test_a_fingerprint_stands_on_a_line_of_its_own(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(None, config, request=tmp_path)
    file, fingerprint, _, then = capsys.readouterr().out.splitlines()
    assert file.startswith("request: ")
    assert re.fullmatch(r"fingerprint: [0-9a-f]{4}(-[0-9a-f]{4}){4}", fingerprint)
    assert then.endswith("--answer FOLDER --fingerprint FINGERPRINT")


def test_what_is_no_root_is_not_pinned(tmp_path: Path) -> None:
    for text in ("", ROOT[:-1], ROOT + "A", "ключ" * 11):
        with pytest.raises(UsageError, match="no trust root"):
            pin_root(text, tmp_path / "trust-root")
    assert not (tmp_path / "trust-root").exists()


def test_a_technicians_root_goes_before_the_packages(tmp_path: Path) -> None:
    own, package = tmp_path / "etc" / "trust-root", tmp_path / "package"
    package.write_text(to_base64url(bytes(32)))
    assert root_on_disk((own, package)) == to_base64url(bytes(32))
    pin_root(ROOT, own)
    assert root_on_disk((own, package)) == ROOT
    own.write_text("none")
    with pytest.raises(SettingsError, match="holds no trust root"):
        root_on_disk((own, package))


def test_a_daemon_of_another_user_may_read_the_root_that_was_pinned(
    tmp_path: Path,
) -> None:
    own = tmp_path / "etc" / "trust-root"
    before = os.umask(0o077)  # a command's own
    try:
        pin_root(ROOT, own)
    finally:
        os.umask(before)
    assert own.stat().st_mode & 0o777 == 0o644
    assert own.parent.stat().st_mode & 0o777 == 0o755


def test_a_root_is_pinned_before_there_are_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust_root(ROOT, tmp_path / "none.toml", file=tmp_path / "trust-root")
    assert capsys.readouterr().out == f"trust root: {ROOT}\n"
    assert root_on_disk((tmp_path / "trust-root",)) == ROOT
    with pytest.raises(SettingsError, match="can't be read"):
        trust_root(None, tmp_path / "none.toml")


def test_a_root_that_the_settings_go_before_is_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust_root(None, config)
    assert capsys.readouterr().out == f"trust root: {ROOT}\n"
    other = to_base64url(bytes(32))
    with pytest.raises(UsageError, match="goes first"):
        trust_root(other, config, file=tmp_path / "etc" / "trust-root")
    assert (tmp_path / "etc" / "trust-root").read_text() == f"{other}\n"
