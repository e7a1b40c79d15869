"""What a terminal reads of a content pack, and of a page's answers to its checklists."""

import json
from pathlib import Path

from protocol.content.evaluating import AnswersMalformed, things_to_bring
from protocol.content.limits import FAULTS_MAX, PACK_OCTETS_MAX
from protocol.content.reading import examine_pack
from protocol.visit import read_visit_record
from terminal.visits.catalogue import catalogue_octets
from tests.fuzz.target import Target, mutated_json

_EXAMPLE = (Path(__file__).parents[2] / "docs" / "examples" / "content.json").read_bytes()


def check_content(octets: bytes) -> None:
    """Read noise as a content pack: what is read names nothing that is not there, and ends."""
    examined = examine_pack(octets)
    pack = examined.pack
    assert (pack is None) == bool(examined.faults)
    assert len(examined.faults) <= FAULTS_MAX
    assert all(str(fault).isprintable() and fault.zh for fault in examined.faults)
    if pack is None:
        return
    json.loads(catalogue_octets(pack, name="hall"))
    for service in pack.services:
        assert not service.queue or pack.queue(service.queue)
        assert not service.checklist or pack.checklist(service.checklist)
    for checklist in (pack.checklists or {}).values():
        due, way = checklist.start, list[tuple[str, str]]()
        while due:  # the last answer of each question
            answer = checklist.questions[due].answers[-1]
            way.append((due, answer.id))
            due = answer.next
        try:
            items = things_to_bring(checklist, way)
        except AnswersMalformed as error:
            raise AssertionError(f"a whole way is refused: {error}") from error
        assert checklist.items.keys() >= set(items)


def check_visit(octets: bytes) -> None:
    """Read noise as the members of a visit's entry: what is read is written the same again."""
    try:
        fields = json.loads(octets)
        told = read_visit_record(fields) if isinstance(fields, dict) else None
    except (ValueError, RecursionError):
        return
    if told is not None:
        members = {name: value for name, value in told.members().items() if name != "sealed"}
        assert members == {name: fields[name] for name in members}


_TICKET = json.dumps(
    {
        "type": "ticket",
        "visit": "ab" * 16,
        "pack": "cd" * 8,
        "service": "newborn",
        "language": "zh",
        "sector": "sector-1",
        "pseudonym": "0" * 32,
        "scan": {"epoch": 1, "seq": 7},
        "queue": "household",
        "label": "B1",
        "number": 17,
        "day": "2026-11-22",
    }
).encode()

TARGETS = (
    Target(
        name="content",
        run=check_content,
        seeds=(_EXAMPLE,),
        size_max=min(PACK_OCTETS_MAX, 16_384),
        mutate=mutated_json,
    ),
    Target(name="visit", run=check_visit, seeds=(_TICKET,), size_max=2_048, mutate=mutated_json),
)
