"""The public vectors of SMART Health Cards, each file with what every stage says of it.

The names say what the files' own checker finds wrong; where this reader finds nothing, `why` says
why that is right here.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.decode.ladder import Ladder
from drivers.pictures import frames_of
from tests.support.families import answer_by, lane_of, shc
from verifier.errors import MalformedPayload
from verifier.formats.shc import Shc
from verifier.model import TrustedKey, Verdict
from verifier.reasons import Reason
from verifier.trust import KeyList, load_keys

LANE = lane_of("shc")
ISSUER = "https://spec.smarthealth.cards/examples/issuer"
NOW = 1_650_000_000  # 2022-04-15: the issuer's certificate ends on 2022-06-01
FORM, UNKNOWN = Reason.FORM_MALFORMED, Reason.FORMAT_UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the parser says of each code in one file, and what a lane does."""

    form: tuple[Reason | None, ...] = (None,)
    told: tuple[Reason | None, ...] = (None,)
    why: str


# Whole codes as a scanner gives them: the text of a file.
NUMERIC = {
    "valid/example-00-f-qr-code-numeric-value-0.txt": Expected(why="the specification's example"),
    "test-example-1195-byte-qrnumeric.txt": Expected(
        why="longer than the specification allows one symbol; the length of a symbol is its maker's"
    ),
    "test-example-00-f-qr-code-numeric-value-0-index-out-of-range.txt": Expected(
        form=(FORM,), told=(FORM,), why="part 3 of 2"
    ),
    "test-example-00-f-qr-code-numeric-value-0-odd-count.txt": Expected(
        form=(FORM,), told=(FORM,), why="half a pair of digits"
    ),
    "test-example-00-f-qr-code-numeric-value-0-wrong_qr_header.txt": Expected(
        form=(FORM,), told=(UNKNOWN,), why="shc: without the slash"
    ),
}

# Compact JWS without their digits, which the test puts on.
JWS = {
    "test-example-00-d-jws-bad-fhir-metadata.txt": Expected(
        why="signed, and a health card; the records in it are not looked at"
    ),
    "test-example-00-d-jws-der-signature.txt": Expected(
        form=(FORM,), told=(FORM,), why="70 octets"
    ),
    "test-example-00-d-jws-invalid-signature.txt": Expected(
        told=(Reason.ISSUER_SIGNATURE_WRONG,), why="as its name says"
    ),
    "test-example-00-d-jws-no_deflate.txt": Expected(form=(FORM,), told=(FORM,), why="no zip"),
    "test-example-00-d-jws-no_jws_header_kid.txt": Expected(
        form=(FORM,), told=(FORM,), why="no kid"
    ),
    "test-example-00-d-jws-wrong_jws_header_kid.txt": Expected(
        told=(Reason.KEY_UNKNOWN,), why="a kid of zeros"
    ),
}

# Files of several JWS, as they are mailed; each comes alone through a scanner.
CARD_FILES = {
    "test-example-00-e-file-bad_jwks.smart-health-card": Expected(
        told=(Reason.KEY_UNKNOWN,), why="signed by a known key in the name of another issuer"
    ),
    "test-example-00-e-file-multi-jws.smart-health-card": Expected(
        form=(None, None), told=(None, None), why="two good ones, the second by a certified key"
    ),
}

PICTURES = {
    "test-example-00-g-qr-code-0-bad_qr_version.png": Expected(
        why="a larger symbol than the specification allows: it was read all the same"
    ),
    "test-example-00-g-qr-code-0-scaled-23.jpg": Expected(why="a picture of few pixels: readable"),
    "test-example-00-g-qr-code-0-corrupted.png": Expected(
        told=(Reason.KEY_UNKNOWN,),
        why="past error correction, but not past what is known to be hidden; of another issuer",
    ),
}

# How many of a key file's entries are taken.
KEY_FILES = {
    "issuer-jwks.json": (2, ()),
    "valid/issuer.jwk": (1, ()),
    "valid_keys.json": (3, ()),
    "wrong_alg_key.json": (0, ("key 0: alg 'ES256K' is not one of P-256",)),
    "wrong_curve_key.json": (0, ("key 0: kty and crv are of no kind that is read here",)),
}
TRAILING = "test-example-00-d-jws-trailing_chars.txt"


def test_every_vector_is_expected(shared: Path) -> None:
    folder = shared / "vectors/shc"
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "SOURCE.txt")
    found = {str(path.relative_to(folder)) for path in files}
    assert found == {*NUMERIC, *JWS, *CARD_FILES, *PICTURES, *KEY_FILES, TRAILING}
    assert len(found) == 22


def outcomes(shared: Path, payloads: list[bytes]) -> Expected:
    """Return what happens to the codes of one file."""
    keys = [key for held in key_list(shared, "issuer-jwks.json").keys.values() for key in held]
    return Expected(
        form=tuple(form_of(payload) for payload in payloads),
        told=tuple(told_of(payload, keys) for payload in payloads),
        why="",
    )


def form_of(payload: bytes) -> Reason | None:
    try:
        Shc().parse(payload)
    except MalformedPayload as error:
        return error.reason
    return None


def told_of(payload: bytes, keys: list[TrustedKey]) -> Reason | None:
    verdict, reason = answer_by(payload, *keys, profile=LANE, now=NOW)
    assert (verdict is Verdict.GRANT) is (reason is None)
    return reason


def key_list(shared: Path, name: str) -> KeyList:
    """Return the keys of a file as a trust list that adds what they are for."""
    document = json.loads((shared / "vectors/shc" / name).read_bytes())
    own = {
        "role": "card",
        "formats": ["shc"],
        "issuer": ISSUER,
        "nbf": 1_600_000_000,
        "exp": 1_900_000_000,
        "capabilities": 1,
    }
    entries = [{**entry, **own} for entry in document.get("keys", [document])]
    return load_keys(json.dumps({"keys": entries}).encode())


def holds(found: Expected, expected: Expected) -> bool:
    return (found.form, found.told) == (expected.form, expected.told)


@pytest.mark.parametrize("name", NUMERIC)
def test_numeric_text_has_the_expected_outcome(shared: Path, name: str) -> None:
    text = (shared / "vectors/shc" / name).read_bytes()
    assert holds(outcomes(shared, [text]), NUMERIC[name])


@pytest.mark.parametrize("name", JWS)
def test_jws_has_the_expected_outcome(shared: Path, name: str) -> None:
    text = (shared / "vectors/shc" / name).read_text("ascii")
    assert holds(outcomes(shared, [shc(text)]), JWS[name])
    assert told_of(text.encode(), []) is UNKNOWN  # no code without its digits


def test_jws_between_blanks_has_no_numeric_text_and_without_them_is_good(shared: Path) -> None:
    """Digits start at "-", number 45; no scanner can deliver what stands around this one."""
    text = (shared / "vectors/shc" / TRAILING).read_text("ascii")
    assert text != text.strip()
    assert min(map(ord, text)) < 45
    assert form_of(b"shc:/" + text.encode()) is FORM
    assert holds(outcomes(shared, [shc(text.strip())]), Expected(why="no blanks"))


@pytest.mark.parametrize("name", CARD_FILES)
def test_card_file_has_the_expected_outcome(shared: Path, name: str) -> None:
    document = json.loads((shared / "vectors/shc" / name).read_bytes())
    texts = [shc(text) for text in document["verifiableCredential"]]
    assert holds(outcomes(shared, texts), CARD_FILES[name])


@pytest.mark.parametrize("name", PICTURES)
def test_picture_has_the_expected_outcome(shared: Path, name: str) -> None:
    decoder = Ladder(thorough=True)
    frames = frames_of(str(shared / "vectors/shc" / name))
    payloads = [reading.payload for _, luma in frames for reading in decoder.read(luma).readings]
    assert holds(outcomes(shared, payloads), PICTURES[name])


@pytest.mark.parametrize("name", KEY_FILES)
def test_key_file_loses_only_what_no_card_may_be_signed_with(shared: Path, name: str) -> None:
    loaded = key_list(shared, name)
    assert (len(loaded.keys), loaded.problems) == KEY_FILES[name]


def test_card_by_a_certified_key_ends_with_the_certificate(shared: Path) -> None:
    keys = key_list(shared, "issuer-jwks.json").keys.values()
    certified = [key for held in keys for key in held if key.expires_at < 1_900_000_000]
    assert [(key.not_before, key.expires_at) for key in certified] == [
        (1_622_562_609, 1_654_098_610)
    ]
    name = "test-example-00-e-file-multi-jws.smart-health-card"
    document = json.loads((shared / "vectors/shc" / name).read_bytes())
    text = shc(document["verifiableCredential"][1])
    assert answer_by(text, *certified, profile=LANE, now=1_654_098_609)[0] is Verdict.GRANT
    assert answer_by(text, *certified, profile=LANE, now=1_654_098_610) == (
        Verdict.DENY,
        Reason.KEY_OUTSIDE_WINDOW,
    )
