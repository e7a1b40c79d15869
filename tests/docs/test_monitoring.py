"""Dashboard, alerts and handbook speak of metrics that there are, and promtool agrees."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from central.metrics.exposition import METRICS as OF_CENTRE
from terminal.metrics import names
from terminal.metrics.metric import Kind
from tests.support.promtool import Promtool, find_promtool

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = DOCS / "monitoring"
_PROCESS = ("resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds")
_OF_OTHERS = {"up", "node_textfile_mtime_seconds"}
_NAME = re.compile(r"\b(?:scan_(?:terminal|central)_[a-z_]+|up(?=\{)|node_[a-z_]+)\b")


def known() -> set[str]:
    told = {f"scan_terminal_process_{each}" for each in _PROCESS} | _OF_OTHERS
    told |= {f"scan_central_{name}" for name in OF_CENTRE}
    for metric in names.METRICS:
        told.add(metric.name)
        if metric.kind is Kind.HISTOGRAM:
            told |= {f"{metric.name}{end}" for end in ("_bucket", "_sum", "_count")}
    return told


@pytest.fixture(scope="module")
def promtool() -> Promtool:
    return find_promtool()


@pytest.fixture(scope="module")
def rules() -> list[dict[str, str]]:
    """Return every rule's lines by their key; the file is ours, and this much of YAML is enough."""
    text = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    found = []
    for part in text.split("      - alert: ")[1:]:
        keys = dict(re.findall(r"^\s+(\w+): (.*)$", part, re.MULTILINE))
        expr = re.search(r"expr: >-\n((?: {10}.*\n)+)", part)
        assert expr is not None
        lines = " ".join(expr[1].split())
        found.append({**keys, "alert": part.partition("\n")[0], "expr": lines})
    return found


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    return told


def queries(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_every_metric_of_an_alert_is_one_that_is_told(rules: list[dict[str, str]]) -> None:
    for rule in rules:
        used = set(_NAME.findall(rule["expr"]))
        assert used, rule["alert"]
        assert used <= known(), rule["alert"]


def test_every_alert_says_what_it_is_in_both_languages_and_leads_to_its_remedy(
    rules: list[dict[str, str]],
) -> None:
    page = (DOCS / "operators.md").read_text(encoding="utf-8")
    heads = re.findall(r"^### (.+)$", page, re.MULTILINE)
    sections = {head.lower().replace(" ", "-"): head for head in heads}
    for rule in rules:
        assert re.search(r"[\u4e00-\u9fff]", rule["summary_zh"]), rule["alert"]
        assert not re.search(r"[\u4e00-\u9fff]", rule["summary"]), rule["alert"]
        place, _, anchor = rule["runbook"].partition("#")
        assert (place, anchor in sections) == ("docs/operators.md", True), rule["alert"]
        section = page.split(f"\n### {sections[anchor]}\n")[1].split("\n### ")[0]
        assert f"`{rule['alert']}`" in section, rule["alert"]


def test_handbook_speaks_of_no_alert_that_there_is_not(rules: list[dict[str, str]]) -> None:
    page = (DOCS / "operators.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(Scan(?:Terminal|Central)[A-Za-z]+)`", page))
    assert told == {rule["alert"] for rule in rules}


def test_every_metric_of_the_dashboard_is_one_that_is_told(dashboard: dict[str, Any]) -> None:
    for query in queries(dashboard):
        used = set(_NAME.findall(query))
        assert used, query
        assert used <= known(), query


def test_dashboard_brings_its_own_source_and_ids(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"] for panel in panels)
    used = {panel["datasource"]["uid"] for panel in panels if panel["type"] != "row"}
    assert used == {"${source}"}
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["source", "terminal"]


def test_panels_lie_beside_each_other(dashboard: dict[str, Any]) -> None:
    taken = set[tuple[int, int]]()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_promtool_takes_the_rules(promtool: Promtool) -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", str(FOLDER / "alerts.yml"))


@pytest.mark.slow
def test_every_rule_fires_when_it_must_and_is_silent_when_it_must(
    promtool: Promtool, rules: list[dict[str, str]]
) -> None:
    tried = (FOLDER / "alerts.test.yml").read_text(encoding="utf-8")
    for rule in rules:
        for outcome in ("fires", "does not"):
            assert f"name: {rule['alert']} {outcome}\n" in tried
    promtool("test", "rules", str(FOLDER / "alerts.test.yml"))


def test_promtool_can_read_every_query_of_the_dashboard(
    promtool: Promtool, dashboard: dict[str, Any], tmp_path: Path
) -> None:
    lines = ["groups:", "  - name: dashboard", "    rules:"]
    for number, query in enumerate(queries(dashboard)):
        filled = query.replace("$__rate_interval", "5m").replace("$terminal", ".*")
        lines += [f"      - record: query:{number}", f"        expr: {json.dumps(filled)}"]
    file = tmp_path / "dashboard.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    promtool("check", "rules", str(file))
