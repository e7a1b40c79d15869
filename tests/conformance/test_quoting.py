from urllib.parse import quote

import pytest

from tests.conformance.repository import ALL, Client, Repository, role

NAMES = ["?", "#", "/below", "../below", "a b", "%2e", "ü", "..", "CON"]


@pytest.mark.parametrize("name", NAMES)
def test_a_role_of_any_name_is_asked_for_and_kept_in_its_place(
    client: Client, repository: Repository, name: str
) -> None:
    repository.delegate("targets", role(name))
    repository.publish(name, *ALL)
    assert client.download("nothing of the kind") == 1
    assert f"metadata/1.{quote(name, safe='')}.json" in client.asked()
    assert len(client.held()) == 5
    assert {path.name for path in client.metadata.parent.iterdir()} == {
        "metadata",
        "artifacts",
        "first_root.json",
    }


@pytest.mark.parametrize("name", ["?", "#x", "../../file", "/file", "a b", "%2e", "ü/ü"])
def test_a_file_of_any_name_stays_in_its_folder(
    client: Client, repository: Repository, name: str
) -> None:
    repository.add("targets", name, b"octets")
    repository.publish(*ALL)
    client.download(name)  # some can't be asked for by any address
    assert set(client.fetched()) <= {quote(name, safe="")}
    assert not (client.metadata.parent.parent / "file").exists()


@pytest.mark.parametrize("name", ["root", "timestamp", "snapshot", "targets"])
def test_a_delegated_role_with_the_name_of_a_top_one_is_refused(
    client: Client, repository: Repository, name: str
) -> None:
    repository.delegate("targets", role("below"))
    octets = repository.roles["targets"].to_bytes()
    assert client.refresh() == 0
    delegations = repository.targets.delegations
    assert delegations is not None
    assert delegations.roles is not None
    delegations.roles["below"].name = name
    repository.publish("below", *ALL)
    assert repository.published["targets"][-1] != octets
    assert client.refresh() == 1
    assert client.version("targets") == 1
