"""The crash proof of the trust store: whatever moment the power goes, one whole set is loaded."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from offline_cache.errors import CacheError
from offline_cache.trust_store import TrustStore
from tests.crash.calls import logged_files
from tests.crash.looking import Findings, Look, Past, fresh_folder, look, next_past
from tests.crash.plan import Plan
from tests.support.cards import NOW
from tests.support.publishing import PROFILE_PATH, Folder
from verifier.errors import TrustError
from verifier.model import UnixSeconds

AT = UnixSeconds(NOW)
TRUST = "trust"
ROUNDS, LIVES, CUTS = 3, 3, 30
_LANES = ("passage", "loan", "query")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The terminal told its lanes that it holds a newer set."""

    version: int
    roots: int


@dataclass(slots=True)
class TrustLedger:
    """The newest set that was accepted, and its root."""

    version: int = 0
    roots: int = 0

    def copy(self) -> "TrustLedger":
        """Return one that goes its own way."""
        return replace(self)

    def take(self, promise: Accepted) -> None:
        """Take what was accepted."""
        self.version, self.roots = promise.version, promise.roots


def prove_trust(plan: Plan) -> Findings:
    """Return what `plan.images` images of a trust folder show."""
    findings, number = Findings(), 0
    while findings.images < plan.images and not findings.is_enough:
        _terminal(plan, f"{plan.seed}.{number}", findings)
        number += 1
    return findings


def _terminal(plan: Plan, name: str, findings: Findings) -> None:
    random, source, broken = Random(name), Folder(), len(findings.broken)
    past = Past(TrustLedger())

    def judge(folder: Path, promised: TrustLedger, _number: int) -> Iterator[str]:
        return _broken(folder / TRUST, promised, source)

    for life in range(LIVES):
        how = Look(name=f"{name}.{life}", judge=judge, cuts=CUTS, killed=plan.killed, each=True)
        with fresh_folder(past.seen) as root:
            disk = past.disk(root, syncs=plan.syncs, fails=plan.dice(random, findings))
            with logged_files(disk, seed=random.randrange(1 << 32)):
                store = TrustStore(root / TRUST, source.pinned)
                for _ in range(ROUNDS):
                    _publish(source, random)
                    with contextlib.suppress(OSError):  # tried again at the next sync
                        store.accept(source, now=AT)
                        disk.promise(_standing(source))
                    store.load(now=AT)
            look(disk, past, how, findings)
        past = next_past(disk, past, how, findings)
        if len(findings.broken) > broken or findings.images >= plan.images:
            return


def _publish(source: Folder, random: Random) -> None:
    lane = random.choice(_LANES)
    source.files[PROFILE_PATH] = f'entry_type = "{lane}"\nstatic = "grant"\n'.encode()
    if random.random() < 0.3:
        source.publish_root(random.choice(("timestamp", "snapshot", "root")))
    source.publish()


def _standing(source: Folder) -> Accepted:
    repository = source.repository
    return Accepted(repository.timestamp.version, len(repository.published["root"]))


def _broken(place: Path, promised: TrustLedger, source: Folder) -> Iterator[str]:
    """Yield what is wrong with what was found, and with taking the newest set then."""
    store = TrustStore(place, source.pinned)
    try:
        trust = store.load(now=AT)
        version = 0 if trust is None else trust.version
        if version < promised.version:
            yield f"set {promised.version} was accepted, and {version} is loaded"
        newest = store._shelf.newest.read()
        if promised.version and (newest is None or newest.version < promised.version):
            yield f"set {promised.version} was accepted, and an older one would be taken"
        if newest is not None and newest.seen < promised.roots:
            yield f"root {promised.roots} was accepted, and an older one would be taken"
        store.accept(source, now=AT)
        again = store.load(now=AT)
        if again is None or again.version != _standing(source).version:
            yield "the newest set is not taken any more"
    except (CacheError, TrustError, OSError) as error:
        yield f"it does not load: {error}"
