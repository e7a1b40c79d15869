"""Every file of the public vectors is run by a test that is named here, or says why it is not."""

from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSet:
    """Files of one kind and who runs them."""

    pattern: str  # below shared/vectors; the first that fits counts
    tests: tuple[str, ...] = ()  # modules that run every file of it
    why_not: str = ""


def run(pattern: str, *tests: str) -> VectorSet:
    return VectorSet(pattern=pattern, tests=tests)


SETS = (
    VectorSet(pattern="**/SOURCE.txt", why_not="says where a set comes from"),
    run("base45-rfc9285/*.json", "verifier/test_base45.py"),
    run("claim169/**/*.json", "verifier/test_claim169_vectors.py"),
    run("cose-wg/**/*.json", "verifier/test_cose_wg.py"),
    run("dgc-testdata/**/*.json", "verifier/test_eu_dcc_vectors.py"),
    run("dgc-testdata/**/*.png", "drivers/decode/test_dgc_pictures.py"),
    run("ed25519-speccheck/*.json", "verifier/test_signature.py"),
    run("icao-vds-nc/*.txt", "verifier/test_vds_nc.py"),
    run("pretix-sig1/*.json", "verifier/test_pretix.py"),
    run("rfc9421-ed25519/*.json", "protocol/test_http_signature.py"),
    run("shc/**/*", "verifier/test_shc_vectors.py"),
    run("token-status-list/*.md", "verifier/test_status_vectors.py"),
    run("wycheproof-ed25519/*.json", "verifier/test_signature.py"),
)


def names(shared: Path) -> dict[Path, list[VectorSet]]:
    """Return every file, and the sets that it is of."""
    folder = shared / "vectors"
    files = [path for path in folder.rglob("*") if path.is_file()]
    members = {each.pattern: set(folder.glob(each.pattern)) for each in SETS}
    return {path: [each for each in SETS if path in members[each.pattern]] for path in files}


def test_every_file_is_run_or_says_why_not(shared: Path) -> None:
    homeless = [str(path) for path, sets in names(shared).items() if not sets]
    assert homeless == []


def test_every_set_has_files(shared: Path) -> None:
    """A set that was moved or renamed is run by nobody, and nothing else would notice."""
    used = {sets[0].pattern for sets in names(shared).values() if sets}
    assert used == {each.pattern for each in SETS}


@pytest.mark.parametrize("each", SETS, ids=lambda each: each.pattern)
def test_every_file_of_a_set_is_read_by_its_tests(shared: Path, each: VectorSet) -> None:
    """By its name, or with all others of its folder."""
    assert bool(each.tests) is not bool(each.why_not)
    files = [path for path, sets in names(shared).items() if sets and sets[0] is each]
    for name in each.tests:
        written = (TESTS / name).read_text("utf-8")
        assert each.pattern.partition("/")[0] in written, f"{name} does not read the set"
        reads_all = any(way in written for way in ("glob(", ".iterdir("))
        unread = [path.name for path in files if not reads_all and path.stem not in written]
        assert unread == [], name
