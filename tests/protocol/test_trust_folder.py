import pytest
from tuf.api.metadata import DelegatedRole

from protocol.floor_reset import RESET_PATH
from protocol.trust_folder import (
    DELEGATED,
    KEYS_PATH,
    TARGET_PATH,
    TufRole,
    metadata_name,
    target_name,
)


def test_metadata_is_called_by_version_and_role_but_for_the_timestamp() -> None:
    assert metadata_name("root", 1) == "1.root.json"
    assert metadata_name("timestamp", 7) == "timestamp.json"


def test_target_carries_its_digest_before_its_name() -> None:
    assert target_name("status/city.example/0.cwt", "ab") == "status/city.example/ab.0.cwt"


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        (KEYS_PATH, [TufRole.ISSUERS]),
        ("policy/profiles/gate.toml", [TufRole.POLICY]),
        ("policy/terminals/gate-1.toml", [TufRole.POLICY]),
        ("status/city.example/0.cwt", [TufRole.STATUS]),
        ("status/city.example/0.delta", [TufRole.STATUS]),
        ("status/city.example/more/0.cwt", []),
        ("trust/other.json", []),
        (RESET_PATH, []),
    ],
)
def test_every_target_has_the_one_role_that_answers_for_it(path: str, roles: list[TufRole]) -> None:
    asked = [
        role
        for role, paths in DELEGATED.items()
        if DelegatedRole(role.value, [], 1, True, paths=list(paths)).is_delegated_path(path)
    ]
    assert asked == roles


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("trust/keys.json", True),
        ("status/city.example/0.cwt", True),
        ("keys.json", False),
        ("/trust/keys.json", False),
        ("trust/../keys.json", False),
        ("trust/.keys.json", False),
        ("trust//keys.json", False),
        ("trust/a b", False),
        ("trust/a\n", False),
    ],
)
def test_target_path_stays_in_the_folder_and_needs_no_quoting(path: str, *, is_one: bool) -> None:
    assert (TARGET_PATH.fullmatch(path) is not None) is is_one
