"""The published vectors, put to the product and to the oracle that was written from the page."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.cc1 import codes, make_vectors
from tests.oracle.cc1 import judge as oracle
from tests.support.cc1_pack import (
    FOLDER,
    Case,
    cases,
    circumstances,
    product,
    reason_of,
    scanned,
    world,
)
from verifier.formats.cc1 import CC1
from verifier.model import HolderProof
from verifier.pipeline import parse

ALL = dict(cases())
PROVEN = {name: case for name, case in ALL.items() if case["expected"]["verdict"] == "proven"}
EXHAUSTIVE = {name: case for name, case in ALL.items() if "bit_changes" in case}


def _each(chosen: dict[str, Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", chosen.values(), ids=chosen)


@pytest.mark.parametrize("name", make_vectors.FILES)
def test_a_file_is_what_its_script_makes(name: str) -> None:
    held = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    # No assertion on the texts themselves: pytest would take minutes to show the difference.
    same = held == make_vectors.text_of(name)
    assert same, f"run: python -m tests.oracle.cc1.make_vectors ({name})"


def test_no_file_is_there_that_no_script_makes() -> None:
    held = {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*")}
    assert held == set(make_vectors.FILES)


def test_the_oracle_imports_nothing_of_the_project_but_itself() -> None:
    allowed = {*sys.stdlib_module_names, "nacl"}
    for path in Path(make_vectors.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {name.name.split(".")[0] for name in node.names} <= allowed
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                own = node.module.startswith("tests.oracle.cc1")
                assert own or node.module.split(".")[0] in allowed


def test_every_reason_of_the_four_stages_has_a_vector() -> None:
    found = Counter(case["expected"]["reason"] for case in ALL.values())
    # D.PART is of another family; under an untrusted clock it is the profile that says T.CLK.
    assert set(found) - {None} == {
        *("D.UNK", "D.LEN", "D.B45", "D.FORM", "D.CNF"),
        *("S.KEY", "S.KEX", "S.ALG", "S.ISS", "S.HLD", "S.CAP"),
        *("T.NBF", "T.EXP", "T.OLD", "T.FUT"),
        *("R.REV", "R.SUS", "R.VAL", "R.IDX", "R.UNK", "R.OLD"),
    }


@_each(ALL)
def test_the_product_finds_what_the_vector_says(case: Case) -> None:
    judgement = product(scanned(case), circumstances(world(case)))
    assert reason_of(judgement) == case["expected"]["reason"]
    if case["expected"]["verdict"] != "refused":
        assert judgement.verification.issuer == case["expected"]["issuer"]


@_each(ALL)
def test_the_oracle_finds_what_the_vector_says(case: Case) -> None:
    assert oracle.judge(scanned(case), world(case)).reason == case["expected"]["reason"]


@_each({name: case for name, case in ALL.items() if case["issuer"] is not None})
def test_the_product_reads_the_intermediates(case: Case) -> None:
    if case["expected"]["reason"] == "D.CNF":
        return
    credential, issuer = parse(scanned(case), (CC1(),)), case["issuer"]
    assert credential.kid.hex() == issuer["kid"]
    assert credential.issued.algorithm == issuer["alg"]
    assert credential.issued.message.hex() == issuer["to_be_signed"]
    assert credential.issued.signature.hex() == issuer["signature"]
    assert (credential.not_before, credential.expires_at) == (issuer["nbf"], issuer["exp"])
    assert credential.subject.hex() == issuer["subject"]
    assert credential.types == issuer["types"]
    assert credential.capabilities == issuer["capabilities"]
    assert credential.status_index == issuer["status"]
    assert (credential.proof is None) == (case["holder"] is None)
    if credential.proof is not None:
        _assert_proof(credential.proof, issuer["cnf"], case["holder"])


def _assert_proof(proof: HolderProof, cnf: str, holder: Case) -> None:
    assert proof.key.hex() == cnf
    assert proof.signed.algorithm == holder["alg"]
    assert proof.signed.message.hex() == holder["to_be_signed"]
    assert proof.signed.signature.hex() == holder["signature"]
    assert (proof.drawn_at, proof.audience) == (holder["iat"], holder["aud"])
    assert (None if proof.challenge is None else proof.challenge.hex()) == holder["cnonce"]


def _expanded(runs: list[list[object]]) -> Iterator[object]:
    for count, reason in runs:
        yield from [reason] * count


def _changes(case: Case) -> dict[str, list[bytes]]:
    text, octets = scanned(case), bytes.fromhex(case["octets"])
    cut = (octets[:length] for length in range(len(octets)))
    return {
        "text_prefixes": [text[:length] for length in range(len(text))],
        "octet_prefixes": [codes.to_text(part).encode() for part in cut],
        "bit_changes": [
            codes.to_text(change).encode() for change in make_vectors.bit_changes(octets)
        ],
    }


@pytest.mark.slow
@_each(EXHAUSTIVE)
@pytest.mark.parametrize("member", ["text_prefixes", "octet_prefixes", "bit_changes"])
def test_every_cut_and_every_changed_bit_is_refused_for_its_reason(case: Case, member: str) -> None:
    known = circumstances(world(case))
    texts = _changes(case)[member]
    found = [reason_of(product(text, known)) for text in texts]
    assert None not in found
    assert found == list(_expanded(case[member]))
