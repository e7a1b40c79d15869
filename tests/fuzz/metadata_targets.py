"""Metadata of the trust folder: each role's, under a root whose one key has signed everything."""

import json
from collections.abc import Mapping
from random import Random
from zlib import crc32

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical

from offline_cache.trust_client.lookup import all_files
from offline_cache.trust_client.roots import ROOT
from offline_cache.trust_client.workflow import Workflow
from protocol.keys import SigningKey
from protocol.trust_folder import DELEGATED, KEYS_PATH, TIMESTAMP_NAME, X_ISSUED
from protocol.tuf_keys import tuf_key
from tests.fuzz.cc1_codes import is_by
from tests.fuzz.target import Noise, Target, mutated_tree
from tests.support.cards import NOW
from verifier.errors import TrustError
from verifier.model import UnixSeconds

_AT = UnixSeconds(NOW)
_SIGNER = SigningKey(bytes(range(200, 232)))
_KEY = tuf_key(_SIGNER.public)
_TOP = ("root", "targets", "snapshot", "timestamp")
_ONE = {"keyids": [_KEY.keyid], "threshold": 1}


def _signed(signed: object) -> bytes:
    """Return metadata that the one key has signed.

    Raises:
        ValueError: it has no canonical form.
    """
    try:
        octets = str(encode_canonical(signed)).encode()
    except (FormatError, UnicodeError, RecursionError) as error:
        raise ValueError("no canonical form") from error
    signature = {"keyid": _KEY.keyid, "sig": _SIGNER.sign(octets).hex()}
    return json.dumps({"signatures": [signature], "signed": signed}).encode()


def _role(kind: str, **members: object) -> dict[str, object]:
    common = {"_type": kind, "spec_version": "1.0.31", "version": 1}
    return {**common, "expires": "2030-01-01T00:00:00Z", **members}


def _file() -> dict[str, object]:
    return {"length": 400, "hashes": {"sha256": "ab" * 32}}


_KEYS = {_KEY.keyid: _KEY.to_dict()}
_DELEGATIONS = {
    "keys": _KEYS,
    "roles": [
        {"name": role.value, "paths": list(paths), "terminating": True, **_ONE}
        for role, paths in DELEGATED.items()
    ],
}
_META = {f"{name}.json": {"version": 1} for name in ("targets", *(r.value for r in DELEGATED))}
_FILES: Mapping[str, bytes] = {
    "1.root.json": _signed(
        _role("root", keys=_KEYS, roles=dict.fromkeys(_TOP, _ONE), consistent_snapshot=True)
    ),
    TIMESTAMP_NAME: _signed(
        _role("timestamp", meta={"snapshot.json": {"version": 1}}, **{X_ISSUED: NOW})
    ),
    "1.snapshot.json": _signed(_role("snapshot", meta=_META)),
    "1.targets.json": _signed(_role("targets", targets={}, delegations=_DELEGATIONS)),
    "1.issuers.json": _signed(_role("targets", targets={KEYS_PATH: _file()})),
    "1.policy.json": _signed(_role("targets", targets={"policy/profiles/gate.toml": _file()})),
    "1.status.json": _signed(_role("targets", targets={"status/city.example/0.cwt": _file()})),
}


_DELEGATED_FILES = tuple(f"1.{role.value}.json" for role in DELEGATED)


class _Source:
    """The folder with one file in the place of its own."""

    name = "the folder"

    def __init__(self, replaced: str, octets: bytes) -> None:
        self._files = {**_FILES, replaced: octets}

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return a file, cut at what is taken."""
        del known
        octets = self._files.get(name)
        return None if octets is None else octets[:limit]

    def target(self, name: str, *, limit: int) -> bytes:
        """Raise TrustError: only metadata is read here."""
        del limit
        raise TrustError(f"{name} is not there")


def check_metadata(octets: bytes) -> None:
    """Read noise as metadata: what is believed is signed, and leads to the folder alone."""
    try:
        accepted = _read(_replaced(octets), octets)
    except TrustError:
        return
    assert accepted != octets or _is_signed(octets)


def _replaced(octets: bytes) -> str:
    """Return in whose place to read `octets`: by its type, as long as that can be read."""
    for kind in ("root", "timestamp", "snapshot"):
        if f'"_type": "{kind}"'.encode() in octets:
            return TIMESTAMP_NAME if kind == "timestamp" else f"1.{kind}.json"
    return ("1.targets.json", *_DELEGATED_FILES)[crc32(octets) % 4]


def _read(replaced: str, octets: bytes) -> bytes | None:
    """Return what was accepted as the replaced file; every path that it leads to is a good one."""
    source = _Source(replaced, octets)
    root = octets if replaced == "1.root.json" else _FILES["1.root.json"]
    workflow = Workflow({ROOT: root}, source, now=_AT, keep=lambda _, __: None)
    workflow.refresh()
    for path, file in all_files(workflow).items():
        for name in (path, file.name):
            assert not name.startswith("/")
            assert not any(part in ("", ".", "..") for part in name.split("/"))
        assert file.size >= 0
    role = replaced.removeprefix("1.").removesuffix(".json")
    return workflow.octets.get(role)


def _is_signed(octets: bytes) -> bool:
    """Return whether the one key has signed, or names itself so: a root speaks for itself."""
    members = json.loads(octets)
    signed = members["signed"]
    if signed["_type"] == "root":
        return True
    payload = str(encode_canonical(signed)).encode()
    return any(
        is_by(_SIGNER.public, payload, bytes.fromhex(each["sig"]))
        for each in members["signatures"]
        if each["keyid"] == _KEY.keyid
    )


def mutated_metadata(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return metadata with a part of it changed and, mostly, signed again."""
    try:
        signed = mutated_tree(json.loads(octets)["signed"], random, noise)
        if random.random() < 0.9:
            return _signed(signed)
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return noise(octets)


TARGETS = (
    Target(
        name="metadata",
        run=check_metadata,
        seeds=tuple(_FILES.values()),
        size_max=8_192,
        words=(b"../", b'"version":', b'"threshold":', b'"keyids":', b'"succinct_roles":'),
        mutate=mutated_metadata,
    ),
)
