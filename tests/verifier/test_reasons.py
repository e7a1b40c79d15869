import re
from pathlib import Path

import pytest

from verifier.reasons import Reason

CHINESE = re.compile(r"[\u4e00-\u9fff]")

# What a person of eighty hears to the end while others wait.
HOLDER_CHARACTERS_MAX = 24


@pytest.fixture
def rows(docs: Path) -> dict[str, tuple[str, ...]]:
    """Return each code's texts: holder, attendant, technician."""
    found = re.findall(
        r"^\| `([^`]+)` \| (.*) \|$", (docs / "reasons.md").read_text("utf-8"), re.MULTILINE
    )
    codes = [code for code, _ in found]
    assert len(codes) == len(set(codes)), "a code has two rows"
    return {code: tuple(texts.split(" | ")) for code, texts in found}


def test_every_reason_has_its_row_and_no_row_is_orphaned(
    rows: dict[str, tuple[str, ...]],
) -> None:
    assert list(rows) == [reason.value for reason in Reason]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_text_stands_in_chinese_and_english(
    rows: dict[str, tuple[str, ...]], reason: Reason
) -> None:
    texts = rows[reason.value]
    assert len(texts) == 3
    for text in texts:
        chinese, english = text.split("<br>")
        assert CHINESE.search(chinese)
        assert chinese.endswith("。")
        assert not CHINESE.search(english)
        assert english.endswith(".")


@pytest.mark.parametrize("reason", list(Reason))
def test_holder_hears_what_to_do_and_briefly(
    rows: dict[str, tuple[str, ...]], reason: Reason
) -> None:
    chinese, english = rows[reason.value][0].split("<br>")
    assert len(chinese) <= HOLDER_CHARACTERS_MAX
    assert "请" in chinese
    assert "Please" in english
    assert not re.search(r"签名|密钥|伪造|注销|signature|key|forged|revoked", chinese + english)


def test_forger_hears_the_same_of_every_broken_form_and_signature(
    rows: dict[str, tuple[str, ...]],
) -> None:
    told = {rows[r.value][0] for r in Reason if r.value[0] == "S"}
    told |= {rows[r.value][0] for r in (Reason.FORM_MALFORMED, Reason.HOLDER_PROOF_MISSING)}
    assert len(told) == 1


def test_codes_are_a_stage_and_a_cause() -> None:
    for reason in Reason:
        assert re.fullmatch(r"[DSTRP]\.[A-Z0-9]{3,4}", reason.value)


def test_refusals_before_the_signatures_passed_name_nobody() -> None:
    """D and S, kinds not read at the lane, cards in company, and what nobody asked for or may."""
    elsewhere = {"P.TWO", "P.FMT", "P.PAY", "P.EHC", "P.TRN", "P.CTY", "P.ARM", "P.ATT"}
    nobody = {reason.value for reason in Reason if reason.names_nobody}
    assert nobody == elsewhere | {r.value for r in Reason if r.value[0] in "DS"}


def test_released_codes_keep_their_meaning() -> None:
    """Add lines for new reasons; a line that changes breaks somebody's records."""
    assert {reason.name: reason.value for reason in Reason}.items() >= {
        "FORM_MALFORMED": "D.FORM",
        "HOLDER_PROOF_MISSING": "D.CNF",
        "KEY_UNKNOWN": "S.KEY",
        "ISSUER_SIGNATURE_WRONG": "S.ISS",
        "HOLDER_SIGNATURE_WRONG": "S.HLD",
        "CREDENTIAL_EXPIRED": "T.EXP",
        "PROOF_TOO_OLD": "T.OLD",
        "REVOKED": "R.REV",
        "SUSPENDED": "R.SUS",
        "REPLAYED": "P.RPL",
    }.items()
