"""Enrolment: from a one-time code or slip to an identity on disk, safe against a lost answer."""

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
    code_proof,
    read_enrolment,
)
from protocol.keys import OpeningKey, SigningKey, new_opening_key, new_signing_key
from protocol.pseudonym import SECTOR_KEY_BYTES, SectorKey
from terminal.bootstrap import make_client, make_source, trust_store
from terminal.centre.client import CentreClient
from terminal.centre.signed_client import SignedClient, Signer
from terminal.errors import UsageError
from terminal.kernel_clock import is_synchronised
from terminal.provisioning.address import keep_url
from terminal.provisioning.asked import Asked, check_by_itself, check_signer, read_asked
from terminal.provisioning.why import EnrolmentRefused, Why
from terminal.settings import Settings
from terminal.sync.carrying_over import carry_over
from terminal.sync.wiping import obey_order
from terminal.timekeeping import system_now
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a machine makes before it asks; kept until it is answered."""

    signing: SigningKey
    opening: OpeningKey


def enrol_terminal(settings: Settings, text: str) -> Identity:
    """Return the identity that the centre gave for a code or slip; it is on disk.

    Asking again with the same code after a lost answer brings the same identity: the keys are
    kept before anything is sent.

    Raises:
        UsageError: no such code, or the machine is a terminal already, whose journal has not
            parted from the centre's.
        CentreUnreachable, CentreRefused, TrustError, CacheError: as they say.
    """
    asked = read_asked(text)
    with StateFolder(settings.state_folder) as state:
        obey_order(state, settings)  # what a power cut has left of it
        return enrol_within(state, settings, asked)


def enrol_within(state: StateFolder, settings: Settings, asked: Asked) -> Identity:
    """Return the identity that the centre gave; `state` is held by this process.

    Raises:
        UsageError, CentreUnreachable, CentreRefused, TrustError, CacheError: as `enrol_terminal`.
        SettingsError: nobody named the centre.
    """
    before = parted_from(state)
    check_by_itself(asked, settings.centre.root_octets(), now=sane_now())
    reached = addressed(settings, asked)
    client = make_client(reached)
    try:
        identity, enrolment = _answered(reached, state, client, asked, before)
    finally:
        client.close()
    if reached is not settings:
        keep_url(state.centre, reached.centre.url)
    settle(state, identity, enrolment, before)
    return identity


def addressed(settings: Settings, asked: Asked) -> Settings:
    """Return the settings with the slip's address, where they name none.

    Raises:
        SettingsError: it is no address.
    """
    if settings.centre.url or asked.slip is None:
        return settings
    centre = settings.centre.model_copy(update={"url": asked.slip.url})
    centre.check()
    return settings.model_copy(update={"centre": centre})


def is_unborn(state: StateFolder) -> bool:
    """Return whether this machine never was a terminal, but may be in the midst of becoming one.

    A journal without identity is a damaged terminal, unless an enrolment is under way: the journal
    is made first.
    """
    if state.identity.exists() or state.identity.is_symlink():
        return False
    return not state.journal.exists() or has_begun(state)


def has_begun(state: StateFolder) -> bool:
    """Return whether keys for an enrolment were made here, and it is not over."""
    return _pending(state).exists()


def sane_now() -> UnixSeconds | None:
    """Return the time, None where this clock follows no server: it may be years off."""
    return system_now() if is_synchronised() else None


def parted_from(state: StateFolder) -> Identity | None:
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


def _answered(
    settings: Settings,
    state: StateFolder,
    client: CentreClient,
    asked: Asked,
    before: Identity | None,
) -> tuple[Identity, Enrolment]:
    """Return who this machine is to be, as the centre answered and proved."""
    store = trust_store(state, settings)
    store.accept(make_source(settings, client), now=system_now())  # before an answer is believed
    table = trusted_keys(store)
    check_signer(asked, table, now=sane_now())
    keys = fresh_keys(state, before)
    request = EnrolmentRequest(
        code_id=code_id(asked.secret),
        proof=code_proof(asked.secret, public=keys.signing.public, seal=keys.opening.public),
        public=keys.signing.public,
        seal=keys.opening.public,
    )
    signer = Signer(key=keys.signing, key_id=request.code_id, now=system_now)
    answer = SignedClient(client, signer).enrol(request)
    enrolment = read_enrolment(answer, table, public=keys.signing.public)
    return new_identity(settings, keys, enrolment), enrolment


def settle(
    state: StateFolder, identity: Identity, enrolment: Enrolment, before: Identity | None
) -> None:
    """Make this machine the terminal of a proven answer, durably; the identity comes last.

    Raises:
        EnrolmentRefused: the journal that lies here is another terminal's.
        CacheError, OSError: as they say.
    """
    if before is not None and before.terminal != identity.terminal:
        what = (
            f"the code is for {identity.terminal}, and this disk holds the journal of"
            f" {before.terminal}: ask for a code for that"
        )
        raise EnrolmentRefused(Why.OTHER_TERMINAL, what)
    make_journal(state.journal)  # before the identity: an enrolled terminal has a journal
    carry_over(state.journal, identity, enrolment)
    save_identity(state.identity, identity)
    _forget(_pending(state))


def _pending(state: StateFolder) -> Path:
    """Return where the keys of an enrolment under way are kept."""
    return state.folder / "enrolling.json"


def _forget(pending: Path) -> None:
    """Take the keys of an enrolment that is over from the disk."""
    remove(pending)
    sync_folder(pending.parent)


def trusted_keys(store: TrustStore) -> KeyTable:
    """Return the keys of the trust that is held now.

    Raises:
        TrustError: the centre has published none.
    """
    trust = store.load(now=system_now())
    if trust is None:
        raise TrustError("the centre published no trust list; run `scan-central publish` there")
    return trust.trusted.keys


def new_identity(settings: Settings, keys: Keys, enrolment: Enrolment) -> Identity:
    """Return who this machine is by a proven answer.

    Raises:
        TrustError: the sector key in it is not sealed to these keys.
    """
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


def fresh_keys(state: StateFolder, before: Identity | None) -> Keys:
    """Return the keys of the enrolment under way, made and kept if there are none.

    Raises:
        CacheCorrupt: they are damaged.
    """
    pending = _pending(state)
    keys = _kept_keys(pending)
    if before is not None and keys.signing.public == before.signing.public:
        # A power cut brought it back. With the same keys the other copy of this disk would not
        # be locked out.
        _forget(pending)
        keys = _kept_keys(pending)
    return keys


def _kept_keys(path: Path) -> Keys:
    """Return the keys of an enrolment under way, made and kept if there is none."""
    if path.exists():
        try:
            members = json.loads(path.read_bytes())
            return Keys(
                signing=SigningKey(secret_key(members["signing"])),
                opening=OpeningKey(secret_key(members["opening"])),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CacheCorrupt(f"{path}: damaged; remove it and enrol with a new code") from error
    keys = Keys(signing=new_signing_key(), opening=new_opening_key())
    members = {"signing": keys.signing.seed.hex(), "opening": keys.opening.secret.hex()}
    write_durably(path, json.dumps(members).encode(), mode=0o600)
    return keys
