"""The published folder: a TUF repository's paths and roles (docs/protocol.md, "Trust folder").

`metadata/` and `targets/` lie side by side, on any web server or a stick. Snapshots are
consistent: but for timestamp.json every file has its version or its digest in its name.
"""

import re
from enum import Enum

# Where a centre serves the folder, and what it is called below the centre's own one.
TUF = "tuf"
METADATA = "metadata"
TARGETS = "targets"

TIMESTAMP_NAME = "timestamp.json"

KEYS_PATH = "trust/keys.json"
PROFILES = "policy/profiles/"
CONTENT = "policy/content/"

# In the signed part of timestamp.json: when it was made, UTC seconds. TUF says only when metadata
# expires; how old knowledge is, is counted from this.
X_ISSUED = "x-issued"

# No part begins with a point or leaves the folder, and none needs quoting in a URL.
TARGET_PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)+[A-Za-z0-9_-][A-Za-z0-9._-]*")


class TufRole(Enum):
    """Who answers for what; the value is the role's name in metadata."""

    ROOT = "root"  # for the keys of the other top roles
    TARGETS = "targets"  # for the delegated roles' keys, and for trust/floor-reset.json
    SNAPSHOT = "snapshot"
    TIMESTAMP = "timestamp"
    ISSUERS = "issuers"
    POLICY = "policy"
    STATUS = "status"


# What targets delegates, each role for its paths and for nothing else. `*` stands for one part.
# trust/floor-reset.json is delegated to nobody: it takes the threshold of targets, the root's.
DELEGATED = {
    TufRole.ISSUERS: (KEYS_PATH,),
    TufRole.POLICY: ("policy/*/*",),
    TufRole.STATUS: ("status/*/*",),
}


def content_path(name: str) -> str:
    """Return where the content pack `name` lies."""
    return f"{CONTENT}{name}.json"


def metadata_name(role: str, version: int) -> str:
    """Return what version `version` of a role's metadata is called in `metadata/`."""
    return TIMESTAMP_NAME if role == TufRole.TIMESTAMP.value else f"{version}.{role}.json"


def target_name(path: str, sha256: str) -> str:
    """Return where the target `path` lies in `targets/`; `sha256` is its digest, 64 hex digits."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{sha256}.{name}"
