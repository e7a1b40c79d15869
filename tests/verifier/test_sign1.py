import cbor2
import pytest
from nacl.signing import SigningKey

from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload
from verifier.signature import is_signed_by

KEY = SigningKey(bytes(range(32)))
CLAIMS = cbor2.dumps({1: "issuer.example"})


def layers(
    header: object = None,
    unprotected: object = None,
    payload: object = CLAIMS,
    signature: object = bytes(64),
) -> list[object]:
    protected = cbor2.dumps({1: -8, 4: b"kid"} if header is None else header)
    return [protected, {} if unprotected is None else unprotected, payload, signature]


@pytest.mark.parametrize("tags", [(), (18,), (18, 61)])
def test_bare_tagged_and_cwt_tagged_are_the_same(tags: tuple[int, ...]) -> None:
    item: object = layers()
    for tag in tags:
        item = cbor2.CBORTag(tag, item)
    read = read_sign1(cbor2.dumps(item))
    assert (read.kid, read.payload, read.signed.algorithm) == (b"kid", CLAIMS, -8)
    assert read.signed.signature == bytes(64)


def test_message_is_what_the_signature_covers() -> None:
    protected = cbor2.dumps({1: -8})
    message = cbor2.dumps(["Signature1", protected, b"", CLAIMS])
    signature = KEY.sign(message).signature
    read = read_sign1(cbor2.dumps([protected, {}, CLAIMS, signature]))
    assert read.signed.message == message
    assert is_signed_by(bytes(KEY.verify_key), read.signed.message, read.signed.signature)


@pytest.mark.parametrize(
    ("protected", "unprotected", "kid"),
    [
        ({1: -8}, {}, b""),
        ({1: -8}, {4: b"outer"}, b"outer"),
        ({1: -8, 4: b"inner"}, {4: b"outer"}, b"inner"),
        ({1: -8, 4: b"inner"}, {4: "text"}, b"inner"),
    ],
)
def test_signed_kid_goes_before_the_other(
    protected: object, unprotected: object, kid: bytes
) -> None:
    assert read_sign1(cbor2.dumps(layers(protected, unprotected))).kid == kid


@pytest.mark.parametrize(
    "item",
    [
        cbor2.CBORTag(16, layers()[:3]),  # COSE_Encrypt0
        cbor2.CBORTag(17, layers()),  # COSE_Mac0
        cbor2.CBORTag(98, layers()),  # COSE_Sign
        cbor2.CBORTag(61, layers()),
        cbor2.CBORTag(18, cbor2.CBORTag(61, layers())),
        layers()[:3],
        [*layers(), b""],
        layers(payload=None),  # detached
        layers(payload="text"),
        layers(signature=None),
        layers(unprotected=[]),
        [{1: -8}, {}, CLAIMS, bytes(64)],
        layers({}),
        layers([]),
        layers({4: b"kid"}, {1: -8}),  # the algorithm is not signed
        layers({1: "EdDSA"}),
        layers({1: True}),
        layers({1: -8, 4: "text"}),
        layers({1: -8}, {4: 5}),
        layers({1: -8, 2: [7]}),
        layers({1: -8}, {2: [7]}),
        {1: -8},
    ],
    ids=str,
)
def test_what_is_no_signed_single_message_is_refused(item: object) -> None:
    with pytest.raises(MalformedPayload):
        read_sign1(cbor2.dumps(item))


def test_empty_header_is_refused() -> None:
    with pytest.raises(MalformedPayload):
        read_sign1(cbor2.dumps([b"", {1: -8}, CLAIMS, bytes(64)]))


def test_octets_behind_the_message_and_in_its_header_are_refused() -> None:
    header = cbor2.dumps({1: -8})
    for octets in (
        cbor2.dumps(layers()) + b"\0",
        cbor2.dumps([header + b"\0", {}, CLAIMS, bytes(64)]),
        cbor2.dumps([b"\xa2\x01\x27\x01\x27", {}, CLAIMS, bytes(64)]),
    ):
        with pytest.raises(MalformedPayload):
            read_sign1(octets)
