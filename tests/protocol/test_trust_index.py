from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.keys import SigningKey
from protocol.note import sign_note
from protocol.trust_index import (
    INDEX_OCTETS_MAX,
    KEYS_PATH,
    SIGNER_NAME,
    IndexedFile,
    TrustIndex,
    index_octets,
    read_index,
)
from tests.support.cards import ISSUER, STRANGER, public
from verifier.errors import TrustError
from verifier.model import UnixSeconds

ROOT = SigningKey(bytes(ISSUER))
DIGEST = "ab" * 32
TITLE = "scan-terminal-trust-1"
FILES = {
    KEYS_PATH: IndexedFile(sha256=DIGEST, size=812),
    "status/city.example/0.cwt": IndexedFile(sha256="0f" * 32, size=14_000),
    "policy/profiles/gate.toml": IndexedFile(sha256="00" * 32, size=0),
}
INDEX = TrustIndex(version=7, issued_at=UnixSeconds(1_800_000_000), files=FILES)


def signed(lines: Iterable[str]) -> bytes:
    return sign_note("".join(f"{line}\n" for line in lines), name=SIGNER_NAME, key=ROOT)


def listing(*files: str, version: str = "version 7", issued: str = "issued 9") -> bytes:
    return signed((TITLE, version, issued, *files))


def refused(octets: bytes, root: bytes = public(ISSUER)) -> str:
    with pytest.raises(TrustError) as caught:
        read_index(octets, root)
    return str(caught.value)


def test_index_is_a_title_two_numbers_and_the_files_in_order() -> None:
    assert index_octets(INDEX, ROOT) == signed(
        (
            TITLE,
            "version 7",
            "issued 1800000000",
            f"{'00' * 32} 0 policy/profiles/gate.toml",
            f"{'0f' * 32} 14000 status/city.example/0.cwt",
            f"{DIGEST} 812 trust/keys.json",
        )
    )
    assert read_index(index_octets(INDEX, ROOT), public(ISSUER)) == INDEX


@pytest.mark.slow
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,4}(/[a-z0-9_-]{1,4}){0,2}", fullmatch=True),
        st.builds(IndexedFile, sha256=st.just(DIGEST), size=st.integers(0, 999_999_999)),
        max_size=5,
    )
)
def test_indexes_round_trip(files: dict[str, IndexedFile]) -> None:
    index = TrustIndex(version=1, issued_at=UnixSeconds(2), files=files)
    assert read_index(index_octets(index, ROOT), public(ISSUER)) == index


def test_index_signed_by_another_root_is_refused() -> None:
    refused(index_octets(INDEX, SigningKey(bytes(STRANGER))))
    refused(index_octets(INDEX, ROOT), public(STRANGER))


def test_every_single_bit_change_of_the_text_is_refused() -> None:
    octets = index_octets(INDEX, ROOT)
    for bit in range(octets.index(b"\n\n") * 8):
        altered = bytearray(octets)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../x",
        "a/..",
        "..",
        ".",
        "./a",
        "/etc/passwd",
        "//a",
        "a//b",
        "a/",
        "",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "a b",
        "a\0b",
        "C:x",
        "ü",
        "a\r",
        "~/a/*",
    ],
)
def test_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    assert "names no file" in refused(listing(f"{DIGEST} 1 {path}"))


@pytest.mark.parametrize(
    "line",
    [
        f"{DIGEST.upper()} 1 a",
        f"{DIGEST[:-1]} 1 a",
        f"{DIGEST} -1 a",
        f"{DIGEST} 1000000000 a",
        f"{DIGEST} ١ a",  # an Arabic digit is a digit to Python
        f"{DIGEST}  1 a",
        f"{DIGEST} 1 a ",
        f" {DIGEST} 1 a",
        f"{DIGEST} a",
        "",
    ],
)
def test_line_out_of_form_is_refused(line: str) -> None:
    refused(listing(line))


def test_file_named_twice_is_refused() -> None:
    """The last of two lines silently won, and a reader of the note saw the first."""
    same = f"{DIGEST} 1 a"
    assert "twice" in refused(listing(same, same))
    assert "twice" in refused(listing(same, f"{'0f' * 32} 1 a"))


def test_files_out_of_order_are_refused() -> None:
    assert "order" in refused(listing(f"{DIGEST} 1 b", f"{DIGEST} 1 a"))


@pytest.mark.parametrize("number", ["", "-1", "1.0", "x", "1" * 13, "٣", "²", " 1", "1 "])
def test_number_out_of_form_is_refused(number: str) -> None:
    refused(listing(version=f"version {number}"))
    refused(listing(issued=f"issued {number}"))


def test_index_without_its_first_lines_is_refused() -> None:
    for lines in (("",), (TITLE,), (TITLE, "version 1"), (TITLE, "issued 1", "version 1")):
        refused(signed(lines))
    refused(signed(("scan-terminal-trust-2", "version 1", "issued 1")))


def test_empty_folder_is_an_index_all_the_same() -> None:
    assert read_index(listing(), public(ISSUER)).files == {}


def test_index_over_the_limit_is_refused_unread() -> None:
    assert "too large" in refused(bytes(INDEX_OCTETS_MAX + 1))
    assert "too large" not in refused(bytes(INDEX_OCTETS_MAX))
