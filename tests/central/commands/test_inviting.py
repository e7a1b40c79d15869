from pathlib import Path

import cv2
import pytest
import zxingcpp

from central.holder.invitations import invitation_id
from tests.central.cli_runs import Run


@pytest.mark.parametrize(
    "words",
    [
        ["--hours", "0"],
        ["--hours", "169"],
        ["--capabilities", "everything"],
        ["--types", "king"],
        ["--qr", "x.png"],
    ],
)
def test_an_invitation_out_of_bounds_is_not_made(run: Run, words: list[str]) -> None:
    assert run("invite", *words).code == 2
    assert run("invite", "--list", "--json").objects == []


def test_an_invitation_is_shown_once_and_listed_without_its_code(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "link.png"
    words = ("--capabilities", "health-pass", "--url", "https://centre.example/", "--qr", picture)
    (told,) = run("invite", *words, "--json").objects
    code = str(told["code"])
    assert told["link"] == f"https://centre.example/holder/#{code}"
    (read,) = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    assert read.text == told["link"]
    listed = run("invite", "--list", "--json")
    assert code not in listed.out
    assert [one["invitation"] for one in listed.objects] == [invitation_id(code)]
    assert "test-card.invite" in run("audit", "--json").out
    assert "not used" in run("invite", "--list").out
