import json
import logging

from terminal.logs import JsonLines


def record(text: str, *given: object) -> logging.LogRecord:
    return logging.LogRecord("n", logging.WARNING, "p", 1, text, given, None)


def test_a_line_for_programs_is_one_object() -> None:
    line = JsonLines().format(record("lane %s: 缺少相机\nnext", "gate-1"))

    assert "\n" not in line
    assert json.loads(line)["level"] == "warning"
    assert json.loads(line)["message"] == "lane gate-1: 缺少相机\nnext"
