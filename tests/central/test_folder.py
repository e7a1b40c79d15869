"""The published folder over HTTP: ranges, tags and what caches may keep."""

import pytest
import requests

from central.routes.ranges import Slice, asked_slice
from tests.central.peers import RunningCentre, problem
from tests.central.published import file_of

LASTING = "public, max-age=31536000, immutable"


def _get(centre: RunningCentre, path: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(centre.url + path, headers=named, timeout=20)


def _keys(centre: RunningCentre) -> str:
    file = file_of(centre.site, "trust/keys.json")
    return f"/tuf/{file.relative_to(centre.site.tuf).as_posix()}"


def test_metadata_and_targets_are_served_as_they_lie_in_the_folder(centre: RunningCentre) -> None:
    for path in (p for p in centre.site.tuf.rglob("*") if p.is_file()):
        answer = _get(centre, f"/tuf/{path.relative_to(centre.site.tuf).as_posix()}")
        assert (answer.status_code, answer.content) == (200, path.read_bytes())
        is_timestamp = path.name == "timestamp.json"
        expected = "public, max-age=30" if is_timestamp else LASTING
        assert answer.headers["cache-control"] == expected


def test_root_that_is_not_there_yet_is_not_missing_for_long(centre: RunningCentre) -> None:
    answer = _get(centre, "/tuf/metadata/2.root.json")
    assert problem(answer)["title"] == "not-found"
    assert answer.headers["cache-control"] == "public, max-age=60"


def test_timestamp_that_has_not_changed_costs_no_body(centre: RunningCentre) -> None:
    path = "/tuf/metadata/timestamp.json"
    known = _get(centre, path).headers["etag"]
    assert _get(centre, path, if_none_match=known).status_code == 304


@pytest.mark.parametrize("asked", ["bytes=10-19", "bytes=10-"])
def test_cut_download_goes_on_where_it_ended(centre: RunningCentre, asked: str) -> None:
    path = _keys(centre)
    whole = _get(centre, path)
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    last = 19 if asked.endswith("9") else size - 1
    part = _get(centre, path, range=asked, if_range=whole.headers["etag"])
    assert (part.status_code, part.content) == (206, whole.content[10 : last + 1])
    assert part.headers["content-range"] == f"bytes 10-{last}/{size}"
    assert part.headers["etag"] == whole.headers["etag"]


def test_part_of_another_version_is_not_given(centre: RunningCentre) -> None:
    answer = _get(centre, _keys(centre), range="bytes=10-", if_range='"other"')
    assert answer.status_code == 200


def test_part_behind_the_end_is_refused_with_the_size(centre: RunningCentre) -> None:
    path = _keys(centre)
    size = len(_get(centre, path).content)
    assert _get(centre, path, range=f"bytes={size - 1}-").status_code == 206
    answer = _get(centre, path, range=f"bytes={size}-")
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_known_file_is_not_sent_in_parts_either(centre: RunningCentre) -> None:
    path = _keys(centre)
    tag = _get(centre, path).headers["etag"]
    assert _get(centre, path, if_none_match=tag, range="bytes=10-").status_code == 304


def test_head_takes_no_notice_of_a_range(centre: RunningCentre) -> None:
    answer = requests.head(centre.url + _keys(centre), headers={"range": "bytes=10-19"}, timeout=20)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-", (0, 99)),
        ("bytes=90-200", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-200", (0, 99)),
        (" bytes=5-6 ", (5, 6)),
    ],
)
def test_range_is_cut_to_the_file(header: str, part: tuple[int, int]) -> None:
    assert asked_slice(header, 100) == Slice(first=part[0], last=part[1])


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_range_outside_the_file_is_empty(header: str) -> None:
    asked = asked_slice(header, 100)
    assert asked is not None
    assert asked.first > asked.last


@pytest.mark.parametrize(
    "header",
    ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=+1-2",
     "bytes=" + "9" * 13 + "-"],
)  # fmt: skip
def test_range_out_of_form_asks_for_the_whole(header: str) -> None:
    assert asked_slice(header, 100) is None
