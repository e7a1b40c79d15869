import subprocess
import sys
from datetime import UTC, datetime

import pytest
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import KEY_FOR_TYPE_AND_SCHEME, Key, Signature, SSlibKey
from tuf.api.metadata import Metadata, Root

from protocol.keys import SigningKey, new_signing_key
from protocol.tuf_keys import SodiumKey, SodiumSigner, assert_sodium_verifies, tuf_key

KEY = SigningKey(bytes(range(32)))
EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)


def _root() -> Metadata[Root]:
    metadata = Metadata(Root(expires=EXPIRES))
    metadata.signed.add_key(tuf_key(KEY.public), Root.type)
    metadata.sign(SodiumSigner(KEY))
    return metadata


def test_metadata_that_another_key_signed_is_refused() -> None:
    metadata = _root()
    metadata.signatures[tuf_key(KEY.public).keyid] = Signature(
        tuf_key(KEY.public).keyid, new_signing_key().sign(metadata.signed_bytes).hex()
    )
    result = metadata.signed.get_verification_result(
        Root.type, metadata.signed_bytes, metadata.signatures
    )
    assert not result


@pytest.mark.parametrize(
    "text", ["", "zz", "00" * 63, "00" * 65, "00" * 64], ids=["none", "no-hex", "63", "65", "zero"]
)
def test_a_signature_out_of_form_is_refused_like_a_false_one(text: str) -> None:
    with pytest.raises(UnverifiedSignatureError):
        tuf_key(KEY.public).verify_signature(Signature("k", text), b"message")


@pytest.mark.parametrize(
    "public",
    ["", "zz", "00" * 32, "01" + "00" * 31, KEY.public.hex()[:-2], KEY.public.hex() + "00"],
    ids=["none", "no-hex", "small-order", "neutral", "31", "33"],
)
def test_a_key_that_nobody_can_sign_with_is_refused(public: str) -> None:
    members = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}}
    with pytest.raises(ValueError, match=r"Ed25519|hexadecimal"):
        Key.from_dict("k", members)


def test_metadata_we_signed_is_read_back_and_passes() -> None:
    metadata = Metadata[Root].from_bytes(_root().to_bytes())
    metadata.signed.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    (key,) = metadata.signed.keys.values()
    assert isinstance(key, SodiumKey)


def test_keyids_are_those_that_tuf_tools_compute() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # for this test
        Ed25519PublicKey,
    )

    theirs = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(KEY.public))
    assert tuf_key(KEY.public).keyid == theirs.keyid
    assert tuf_key(KEY.public).to_dict() == theirs.to_dict()


def test_a_library_that_lost_our_class_is_noticed_at_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert_sodium_verifies()
    monkeypatch.setitem(KEY_FOR_TYPE_AND_SCHEME, ("ed25519", "ed25519"), SSlibKey)
    with pytest.raises(AssertionError, match="another class"):
        assert_sodium_verifies()


def test_a_signer_has_no_address() -> None:
    with pytest.raises(ValueError, match="URI"):
        SodiumSigner.from_priv_key_uri("file:key", tuf_key(KEY.public))


@pytest.mark.slow
def test_metadata_is_verified_without_cryptography() -> None:
    """A base install has no `cryptography`; reading metadata must not need it."""
    script = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from tests.protocol.test_tuf_keys import _root\n"
        "from tuf.api.metadata import Metadata\n"
        "m = Metadata.from_bytes(_root().to_bytes())\n"
        "m.signed.verify_delegate('root', m.signed_bytes, m.signatures)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
