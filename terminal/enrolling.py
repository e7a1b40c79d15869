"""Enrolment: from a one-time code to an identity on disk, safe against a lost answer."""

import json
from dataclasses import dataclass
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.files import remove, sync_folder, write_durably
from offline_cache.histories import HistoriesFile
from offline_cache.identity import Identity, load_identity, save_identity, secret_key
from offline_cache.schema import make_journal
from offline_cache.state import StateFolder
from offline_cache.trust_store import TrustStore
from protocol.enrolment import (
    Enrolment,
    EnrolmentRequest,
    code_id,
    code_octets,
    code_proof,
    read_enrolment,
)
from protocol.keys import OpeningKey, SigningKey, new_opening_key, new_signing_key
from protocol.pseudonym import SECTOR_KEY_BYTES, SectorKey
from terminal.bootstrap import make_client, make_source, trust_store
from terminal.centre.client import CentreClient
from terminal.centre.signed_client import SignedClient, Signer
from terminal.errors import UsageError
from terminal.settings import Settings
from terminal.sync.carrying_over import carry_over
from terminal.sync.wiping import obey_order
from terminal.timekeeping import system_now
from verifier.errors import TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    signing: SigningKey
    opening: OpeningKey


def enrol_terminal(settings: Settings, code: str) -> Identity:
    """Return the identity that the centre gave for `code`; it is on disk.

    Asking again with the same code after a lost answer brings the same identity: the keys are
    kept before anything is sent.

    Raises:
        UsageError: no such code, or the machine is a terminal already, whose journal has not
            parted from the centre's.
        CentreUnreachable, CentreRefused, TrustError, CacheError: as they say.
    """
    secret = _secret(code)
    with StateFolder(settings.state_folder) as state:
        obey_order(state, settings)  # what a power cut has left of it
        before = _parted(state)
        client = make_client(settings)
        try:
            return _enrol(settings, state, client, secret, before)
        finally:
            client.close()


def _secret(code: str) -> bytes:
    try:
        return code_octets(code)
    except ValueError as error:
        raise UsageError("the enrolment code has 26 letters and digits; type it again") from error


def _parted(state: StateFolder) -> Identity | None:
    """Return who this machine was, if a proven fork lets it begin a new epoch; None: nobody yet.

    The disk stays: what it holds beside the centre's history is brought there by the next sync.

    Raises:
        UsageError: it is a terminal whose history goes on.
    """
    if not state.identity.exists():
        return None
    identity = load_identity(state.identity)
    proof = HistoriesFile(state.histories).read().proof
    if proof is None or proof.epoch != identity.epoch:
        raise UsageError(
            f"{state.identity}: this machine is enrolled already; to enrol it anew, stop the"
            " daemon and move the state folder away"
        )
    return identity


def _enrol(
    settings: Settings,
    state: StateFolder,
    client: CentreClient,
    secret: bytes,
    before: Identity | None,
) -> Identity:
    store = trust_store(state, settings)
    store.accept(make_source(settings, client), now=system_now())  # before an answer is believed
    pending = state.folder / "enrolling.json"
    keys = _kept_keys(pending)
    if before is not None and keys.signing.public == before.signing.public:
        # A power cut brought it back. With the same keys the other copy of this disk would not
        # be locked out.
        _forget(pending)
        keys = _kept_keys(pending)
    request = EnrolmentRequest(
        code_id=code_id(secret),
        proof=code_proof(secret, public=keys.signing.public, seal=keys.opening.public),
        public=keys.signing.public,
        seal=keys.opening.public,
    )
    signer = Signer(key=keys.signing, key_id=request.code_id, now=system_now)
    answer = SignedClient(client, signer).enrol(request)
    enrolment = _believed(answer, store, keys)
    identity = _identity(settings, keys, enrolment)
    if before is not None and before.terminal != identity.terminal:
        raise UsageError(
            f"the code is for {identity.terminal}, and this disk holds the journal of"
            f" {before.terminal}: ask for a code for that"
        )
    make_journal(state.journal)  # before the identity: an enrolled terminal has a journal
    carry_over(state.journal, identity, enrolment)
    save_identity(state.identity, identity)
    _forget(pending)
    return identity


def _forget(pending: Path) -> None:
    """Take the keys of an enrolment that is over from the disk."""
    remove(pending)
    sync_folder(pending.parent)


def _believed(answer: bytes, store: TrustStore, keys: _Keys) -> Enrolment:
    trust = store.load(now=system_now())
    if trust is None:
        raise TrustError("the centre published no trust list; run `scan-central publish` there")
    return read_enrolment(answer, trust.trusted.keys, public=keys.signing.public)


def _identity(settings: Settings, keys: _Keys, enrolment: Enrolment) -> Identity:
    try:
        sector_key = keys.opening.open(enrolment.sector_box)
    except ValueError as error:
        raise TrustError("the sector key is not sealed to this machine") from error
    if len(sector_key) != SECTOR_KEY_BYTES:
        raise TrustError("the sector key is not 32 octets")
    return Identity(
        terminal=enrolment.terminal,
        epoch=enrolment.epoch,
        signing=keys.signing,
        opening=keys.opening,
        sector=SectorKey(enrolment.sector, sector_key),
        trust_root=settings.centre.root_octets(),
    )


def _kept_keys(path: Path) -> _Keys:
    """Return the keys of an enrolment under way, made and kept if there is none."""
    if path.exists():
        try:
            members = json.loads(path.read_bytes())
            return _Keys(
                signing=SigningKey(secret_key(members["signing"])),
                opening=OpeningKey(secret_key(members["opening"])),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CacheCorrupt(f"{path}: damaged; remove it and enrol with a new code") from error
    keys = _Keys(signing=new_signing_key(), opening=new_opening_key())
    members = {"signing": keys.signing.seed.hex(), "opening": keys.opening.secret.hex()}
    write_durably(path, json.dumps(members).encode(), mode=0o600)
    return keys
