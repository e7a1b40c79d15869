import json
from collections.abc import Callable

import pytest
from securesystemslib.signer import CryptoSigner, Signature
from tuf.api.metadata import Metadata

from tests.conformance.repository import ALL, Client, Repository, signer


def test_one_signature_below_the_threshold_is_refused(
    client: Client, repository: Repository
) -> None:
    repository.root.roles["snapshot"].threshold = 3
    repository.add_key("snapshot")
    repository.add_key("snapshot")
    repository.publish("root", *ALL)
    assert client.refresh() == 0
    repository.signers["snapshot"].pop()
    repository.publish(*ALL)
    assert client.refresh() == 1
    assert client.version("snapshot") == 2


def test_a_threshold_that_no_keys_can_reach_is_never_reached(
    client: Client, repository: Repository
) -> None:
    for _ in range(4):
        repository.add_key("snapshot")
    repository.root.roles["snapshot"].threshold = 6
    repository.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("root") == 2
    assert client.version("snapshot") is None


def test_a_key_under_two_ids_counts_once(client: Client, repository: Repository) -> None:
    (key,) = repository.signers["snapshot"]
    twin = json.loads(json.dumps(key.public_key.to_dict()))
    repository.root.roles["snapshot"].threshold = 2
    repository.root.keys["twin"] = type(key.public_key).from_dict("twin", twin)
    repository.root.roles["snapshot"].keyids.append("twin")
    repository.publish("root", "snapshot")
    metadata = repository.roles["snapshot"]
    (signature,) = metadata.signatures.values()
    metadata.signatures["twin"] = Signature("twin", signature.signature)
    repository.published["snapshot"][-1] = metadata.to_bytes()
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") is None


@pytest.mark.parametrize(
    "spell",
    [
        lambda public: {"public": public.upper()},
        lambda public: {"public": f"{public[:2]} {public[2:]}"},
        lambda public: {"public": public, "more": "1"},
    ],
)
def test_a_key_that_is_spelled_twice_counts_once(
    client: Client, repository: Repository, spell: Callable[[str], dict[str, str]]
) -> None:
    """Else one of three custodians could be two of them."""
    (key,) = repository.signers["snapshot"]
    keyval = spell(key.public_key.keyval["public"])
    twin = {**key.public_key.to_dict(), "keyval": keyval}
    repository.root.roles["snapshot"].threshold = 2
    repository.root.keys["twin"] = type(key.public_key).from_dict("twin", twin)
    repository.root.roles["snapshot"].keyids.append("twin")
    repository.publish("root", "snapshot")
    metadata = repository.roles["snapshot"]
    (signature,) = metadata.signatures.values()
    metadata.signatures["twin"] = Signature("twin", signature.signature)
    repository.published["snapshot"][-1] = metadata.to_bytes()
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") is None


def test_a_signature_that_stands_there_twice_is_refused(
    client: Client, repository: Repository
) -> None:
    members = json.loads(repository.published["snapshot"].pop())
    members["signatures"] *= 2
    repository.published["snapshot"].append(json.dumps(members).encode())
    assert client.refresh() == 1
    assert client.version("snapshot") is None


def test_a_key_that_a_role_names_twice_is_refused(client: Client, repository: Repository) -> None:
    repository.root.roles["snapshot"].keyids *= 2
    repository.publish("root")
    assert client.refresh() == 1
    assert client.held() == {"root": 1}


def test_algorithms_of_key_ids_mean_nothing(client: Client, repository: Repository) -> None:
    keyid = repository.root.roles["snapshot"].keyids[0]
    repository.root.keys[keyid].unrecognized_fields["keyid_hash_algorithms"] = "md5"
    repository.publish("root")
    assert client.refresh() == 0


@pytest.mark.parametrize(
    "make",
    [CryptoSigner.generate_rsa, CryptoSigner.generate_ecdsa, lambda: signer(7)],
    ids=["rsa", "ecdsa", "ed25519"],
)
@pytest.mark.slow
def test_every_kind_of_key_signs_and_its_false_signature_does_not(
    client: Client, repository: Repository, make: Callable[[], CryptoSigner]
) -> None:
    key = make()
    repository.add_key("root", key)
    repository.root.roles["root"].threshold = 2
    repository.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 2
    repository.publish("root")
    metadata = Metadata.from_bytes(repository.published["root"].pop())
    keyid = key.public_key.keyid
    right = metadata.signatures[keyid].signature
    metadata.signatures[keyid].signature = right[:-2] + f"{int(right[-2:], 16) ^ 1:02x}"
    repository.published["root"].append(metadata.to_bytes())
    assert client.refresh() == 1
    assert client.version("root") == 2


@pytest.mark.parametrize("false", ["00" * 64, ""], ids=["zeros", "nothing"])
def test_a_false_signature_beside_enough_true_ones_hinders_nothing(
    client: Client, repository: Repository, false: str
) -> None:
    first = repository.signers["timestamp"][0].public_key.keyid
    repository.add_key("timestamp")
    repository.publish("root", "timestamp")
    metadata = Metadata.from_bytes(repository.published["timestamp"].pop())
    metadata.signatures[first] = Signature(first, false)
    repository.published["timestamp"].append(metadata.to_bytes())
    assert client.refresh() == 0
