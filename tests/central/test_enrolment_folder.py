from contextlib import closing
from pathlib import Path

import pytest

from central.enrolment_folder import answer_folder
from central.errors import BadRequest
from central.publishing import publish
from central.site import Site
from protocol.enrolment import read_enrolment
from protocol.enrolment_folder import (
    FolderRequest,
    plain_fingerprint,
    read_request,
    request_name,
    request_octets,
)
from protocol.keys import new_opening_key, new_signing_key
from tests.central.peers import START
from verifier.model import KeyTable, UnixSeconds
from verifier.trust import load_keys

NOW = UnixSeconds(START + 60)


@pytest.fixture
def stick(site: Site, tmp_path: Path) -> Path:
    publish(site, START)
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def asked(stick: Path) -> FolderRequest:
    """Return what a machine has asked for in the folder."""
    octets = request_octets(new_signing_key(), new_opening_key().public)
    request = read_request(octets)
    (stick / request_name(request.fingerprint)).write_bytes(octets)
    return request


def answered(site: Site, stick: Path, fingerprint: str, terminal: str = "gate-1") -> bytes:
    with closing(site.open_store()) as store:
        return answer_folder(
            site, store, stick, terminal=terminal, fingerprint=fingerprint, now=NOW
        ).read_bytes()


def keys_of(site: Site) -> KeyTable:
    (path,) = (site.tuf / "targets" / "trust").glob("*.keys.json")
    return load_keys(path.read_bytes()).keys


def test_a_request_of_another_fingerprint_is_not_answered(site: Site, stick: Path) -> None:
    asked(stick)
    with pytest.raises(BadRequest, match="another machine's"):
        answered(site, stick, "0" * 20)
    assert not list(stick.glob("enrolment-answer-*"))


def test_a_damaged_request_is_told_by_its_name(site: Site, stick: Path) -> None:
    (stick / "enrolment-request-0.json").write_bytes(b"{}")
    (stick / "enrolment-request-1.json").mkdir()
    with pytest.raises(BadRequest, match=r"enrolment-request-0\.json: it is not public_key"):
        answered(site, stick, "0" * 20)


def test_a_centre_that_published_nothing_answers_nobody(site: Site, tmp_path: Path) -> None:
    request = asked(tmp_path)
    (site.tuf / "metadata" / "timestamp.json").unlink(missing_ok=True)
    with pytest.raises(BadRequest, match="nothing is published yet"):
        answered(site, tmp_path, request.fingerprint)


def test_one_machine_is_never_two_terminals(site: Site, stick: Path) -> None:
    request = asked(stick)
    answered(site, stick, request.fingerprint)
    with pytest.raises(BadRequest, match="used for gate-1 already"):
        answered(site, stick, request.fingerprint, "gate-2")


def test_an_old_request_does_not_bring_back_a_machine_that_was_replaced(
    site: Site, stick: Path
) -> None:
    old, new = asked(stick), asked(stick)
    answered(site, stick, old.fingerprint)
    answered(site, stick, new.fingerprint)
    with pytest.raises(BadRequest, match="used for gate-1 already"):
        answered(site, stick, old.fingerprint)


def test_the_same_request_gets_the_same_answer_and_takes_no_other_epoch(
    site: Site, stick: Path
) -> None:
    request = asked(stick)
    first = answered(site, stick, request.fingerprint.upper())
    assert answered(site, stick, request.fingerprint) == first
    enrolment = read_enrolment(first, keys_of(site), public=request.public)
    assert (enrolment.terminal, enrolment.epoch, enrolment.date) == ("gate-1", 1, NOW)


def test_what_is_published_lies_beside_the_answer(site: Site, stick: Path) -> None:
    request = asked(stick)
    answered(site, stick, request.fingerprint)
    for source in site.tuf.rglob("*"):
        if source.is_file():
            copy = stick / "tuf" / source.relative_to(site.tuf)
            assert copy.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    "link",
    [
        "tuf",
        "tuf/metadata",
        "tuf/metadata/1.root.json",
        "tuf/metadata/timestamp.json",
        "tuf/metadata/.timestamp.json.new",
        "enrolment-answer-{}.json",
        ".enrolment-answer-{}.json.new",
    ],
)
def test_no_link_on_a_stick_leads_what_is_written_elsewhere(
    site: Site, stick: Path, tmp_path: Path, link: str
) -> None:
    """The operator's own files would be written over by whoever handed the stick in."""
    request = asked(stick)
    own = tmp_path / "own"
    own.mkdir()
    (own / "file").write_bytes(b"the operator's")
    path = stick / link.format(plain_fingerprint(request.fingerprint))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(own if link in ("tuf", "tuf/metadata") else own / "file")
    with pytest.raises(BadRequest, match="neither file nor folder"):
        answered(site, stick, request.fingerprint)
    assert [each.name for each in own.iterdir()] == ["file"]
    assert (own / "file").read_bytes() == b"the operator's"
    with closing(site.open_store()) as store:
        assert store.enrolments.answered(request.public) is None
