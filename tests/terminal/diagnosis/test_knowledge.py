"""What a look that fails comes to."""

import errno

import pytest

from offline_cache.errors import CacheCorrupt, CacheError, NotEnrolled
from terminal.diagnosis.finding import Finding
from terminal.diagnosis.knowledge import guarded

DENIED = PermissionError(errno.EACCES, "Permission denied")
CAUSED = CacheError("remove it and sync again")
CAUSED.__cause__ = DENIED


@pytest.mark.parametrize(
    ("error", "code", "level"),
    [
        (NotEnrolled("no identity"), "identity.held", "warn"),
        (CacheCorrupt("a page is torn"), "trust.held", "fail"),
        (DENIED, "disk.access", "fail"),
        (CAUSED, "disk.access", "fail"),
    ],
)
def test_look_that_fails_is_a_finding_with_its_own_remedy(
    error: Exception, code: str, level: str
) -> None:
    def look() -> Finding:
        raise error

    found = guarded("trust.held", "trust", look, "fetch it anew")
    assert (found.code, found.level, found.check) == (code, level, "trust")
    assert ("fetch" in found.remedy) is (code == "trust.held")
    assert "remove" not in found.what + found.remedy
