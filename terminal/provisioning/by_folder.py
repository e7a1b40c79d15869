"""Enrolment without a network: this machine's request and the centre's answer, in one folder."""

from pathlib import Path

from offline_cache.files import write_durably
from offline_cache.identity import Identity
from offline_cache.state import StateFolder
from offline_cache.trust_client.folder import FolderSource, read_file
from offline_cache.trust_store import TrustStore
from protocol.enrolment import ANSWER_OCTETS_MAX, read_enrolment
from protocol.enrolment_folder import answer_name, fingerprint_of, request_name, request_octets
from terminal.bootstrap import trust_store
from terminal.enrolling import (
    Keys,
    fresh_keys,
    has_begun,
    is_unborn,
    new_identity,
    parted_from,
    settle,
    trusted_keys,
)
from terminal.errors import UsageError
from terminal.settings import Settings
from terminal.timekeeping import system_now


def write_request(settings: Settings, folder: Path) -> dict[str, object]:
    """Return where this machine's request stands now, and its fingerprint.

    Raises:
        UsageError: it is a terminal already, or `folder` is none.
        CacheError, OSError: as they say.
    """
    with StateFolder(settings.state_folder) as state:
        return write_request_of(state, folder)


def write_request_of(state: StateFolder, folder: Path) -> dict[str, object]:
    """Do so; `state` is held by this process.

    Raises:
        UsageError, CacheError, OSError: as `write_request`.
    """
    before = parted_from(state)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    keys = fresh_keys(state, before)
    fingerprint = _fingerprint(keys)
    path = folder / request_name(fingerprint)
    write_durably(path, request_octets(keys.signing, keys.opening.public))
    return {"file": str(path), "fingerprint": fingerprint}


def awaits_answer(state: StateFolder, folder: Path) -> bool:
    """Return whether what `folder` brings is for the enrolment of this machine, if anything is.

    A machine that never was a terminal can take nothing else. One whose history has parted may
    be brought trust as well.
    """
    if is_unborn(state):
        return True
    try:
        before = parted_from(state)
    except UsageError:
        return False
    if before is None or not has_begun(state):
        return False
    return (folder / answer_name(_fingerprint(fresh_keys(state, before)))).is_file()


def take_answer(state: StateFolder, settings: Settings, folder: Path) -> Identity:
    """Return who this machine is by the answer in `folder`; trust comes from the same folder.

    Args:
        state: the folder on disk, held by this process.
        settings: of this machine.
        folder: with the answer, and what the centre published.

    Raises:
        UsageError: no answer to this machine's request; it is a terminal already.
        TrustError: forged, for another machine, or not of the centre whose root is pinned.
        CacheError, OSError: as they say.
    """
    before = parted_from(state)
    if not has_begun(state):
        raise UsageError(f"{folder}: no request was made here: scan-terminal enrol --request")
    keys = fresh_keys(state, before)
    fingerprint = _fingerprint(keys)
    octets = read_file(folder / answer_name(fingerprint), ANSWER_OCTETS_MAX)
    if octets is None:
        raise UsageError(f"{folder}: no answer to this machine's request {fingerprint}")
    store = trust_store(state, settings)
    store.accept(FolderSource(folder), now=system_now())
    enrolment = read_enrolment(octets, trusted_keys(store), public=keys.signing.public)
    identity = new_identity(settings, keys, enrolment)
    settle(state, identity, enrolment, before)
    return identity


def enrolled_members(terminal: str, epoch: object, store: TrustStore) -> dict[str, object]:
    """Return what `import` tells of a folder that enrolled this machine."""
    now = system_now()
    trust = store.look(now=now)
    issued_at = None if trust is None else trust.trusted.issued_at
    return {
        "fault": "",
        "is_new": True,
        "version": None if trust is None else trust.version,
        "age_s": None if issued_at is None else max(0, now - issued_at),
        "expired": [] if trust is None else list(trust.expired),
        "terminal": terminal,
        "epoch": epoch,
    }


def _fingerprint(keys: Keys) -> str:
    return fingerprint_of(keys.signing.public, keys.opening.public)
