from collections.abc import Mapping

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.enrolment_slip import (
    SITE_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    URL_CHARACTERS_MAX,
    prove_slip,
    read_slip,
)
from protocol.keys import SigningKey
from verifier.encoding.base45 import encode
from verifier.errors import TrustError
from verifier.model import KeyKind, KeyTable, Role, TrustedKey, UnixSeconds

KEY = SigningKey(bytes(range(32)))
NOW = UnixSeconds(1_800_000_000)
SECRET = bytes(range(16))
MEMBERS = {1: SECRET, 2: NOW + 900, 3: bytes(16), 4: "https://centre.example", 5: "Library 图书馆"}


def slip(members: object, *, header: Mapping[int, object] | None = None, aad: bytes = b"") -> str:
    """Return a slip that KEY signed, whatever it says."""
    protected = cbor2.dumps(header or {1: -19, 4: KEY.kid}, canonical=True)
    payload = cbor2.dumps(members, canonical=True)
    message = cbor2.dumps(["Signature1", protected, aad, payload])
    octets = cbor2.dumps([protected, {}, payload, KEY.sign(message)])
    return "STE1:" + encode(octets).decode()


def table(role: Role = Role.COMMAND, *, ends: int = NOW + 1) -> KeyTable:
    key = TrustedKey(
        kid=KEY.kid,
        role=role,
        issuer="city.example",
        kind=KeyKind.ED25519,
        key=KEY.public,
        algorithms=(-19,),
        formats=(),
        not_before=NOW,
        expires_at=UnixSeconds(ends),
        capabilities=0,
        status_lists=None,
    )
    return {(role, KEY.kid): (key,)}


@pytest.mark.parametrize(
    "change",
    [
        {1: SECRET[:-1]},
        {1: SECRET + b"\0"},
        {1: "text"},
        {2: 0},
        {2: -1},
        {2: "soon"},
        {3: bytes(15)},
        {3: bytes(17)},
        {4: "ftp://centre.example"},
        {4: "https://"},
        {4: "https://centre.example/ a"},
        {4: "https://" + "a" * (URL_CHARACTERS_MAX + 1)},
        {4: b"https://centre.example"},
        {5: "x" * (SITE_CHARACTERS_MAX + 1)},
        {5: "line\nfeed"},
        {6: 1},
        {"x": 1},
    ],
)
def test_a_slip_that_is_not_in_form_is_refused(change: Mapping[int, object]) -> None:
    with pytest.raises(ValueError, match="enrolment slip"):
        read_slip(slip({**MEMBERS, **change}))


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_slip_that_lacks_a_member_is_refused(lost: int) -> None:
    with pytest.raises(ValueError, match="lacks"):
        read_slip(slip({label: of for label, of in MEMBERS.items() if label != lost}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "STE1",
        "STE1:",
        "ste1:00",
        "CC1:00",
        "STE1:AB",
        "STE1:图",
        " " + slip(MEMBERS),
        slip(MEMBERS)[:-3],
        slip(MEMBERS) + "00",
        slip([1]),
        slip(MEMBERS, header={1: -8, 4: KEY.kid}),
        slip(MEMBERS, header={1: -19, 4: KEY.kid[:7]}),
        slip(MEMBERS, header={1: -19, 4: KEY.kid, 16: "x"}),
        "STE1:" + "0" * TEXT_CHARACTERS_MAX,
    ],
)
def test_what_is_no_slip_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="slip"):
        read_slip(text)


@given(st.text(max_size=200))
def test_noise_behind_the_prefix_is_refused_in_words(noise: str) -> None:
    with pytest.raises(ValueError, match="slip"):
        read_slip("STE1:" + noise)


def test_a_slip_signed_by_a_key_of_another_role_is_foreign() -> None:
    with pytest.raises(TrustError, match="not signed by this centre"):
        prove_slip(read_slip(slip(MEMBERS)), table(Role.CARD), now=NOW)


def test_a_slip_that_was_altered_is_foreign() -> None:
    read = read_slip(slip(MEMBERS, aad=b"another purpose"))
    with pytest.raises(TrustError, match="not signed by this centre"):
        prove_slip(read, table(), now=NOW)


def test_a_signer_is_good_to_the_last_second_of_its_window_and_no_longer() -> None:
    read = read_slip(slip(MEMBERS))
    with pytest.raises(TrustError):
        prove_slip(read, table(ends=NOW), now=NOW)
    prove_slip(read, table(ends=NOW + 1), now=NOW)
    prove_slip(read, table(ends=NOW), now=None)  # a clock that nobody trusts is not asked


def test_a_slip_says_what_was_put_into_it_and_shows_no_secret() -> None:
    read = read_slip(slip(MEMBERS))
    assert (read.secret, read.expires_at, read.root) == (SECRET, NOW + 900, bytes(16))
    assert (read.url, read.site) == (MEMBERS[4], MEMBERS[5])
    assert repr(SECRET) not in repr(read)


def test_address_and_site_may_be_left_out_or_fill_their_room() -> None:
    short = read_slip(slip({label: MEMBERS[label] for label in (1, 2, 3)}))
    assert (short.url, short.site) == ("", "")
    full = {4: "https://" + "a" * URL_CHARACTERS_MAX, 5: "图" * SITE_CHARACTERS_MAX}
    long = slip({**MEMBERS, **full})
    assert read_slip(long).site == full[5]
    assert len(long) <= TEXT_CHARACTERS_MAX
