"""What contradicts itself in a content pack whose every value is in form."""

from collections.abc import Iterable, Iterator, Mapping

from protocol.content.model import Checklist, ContentPack, Question
from protocol.profile_file.faults import Fault


def contradictions(pack: ContentPack) -> Iterator[Fault]:
    """Return what names something that is not there, twice the same, or leads on without end."""
    yield from _twice("categories", "id", [each.id for each in pack.categories])
    yield from _twice("services", "id", [each.id for each in pack.services])
    yield from _twice("queues", "id", [each.id for each in pack.queues])
    yield from _twice("queues", "prefix", [each.prefix for each in pack.queues])
    yield from _links(pack)
    for name, checklist in (pack.checklists or {}).items():
        yield from _of_checklist(f"checklists.{name}", checklist)


def _twice(where: str, key: str, values: Iterable[str]) -> Iterator[Fault]:
    seen = set[str]()
    for place, value in enumerate(values):
        if value in seen:
            en, zh = f'is "{value}", as another one', f"“{value}”已被使用"
            yield Fault(path=f"{where}[{place}].{key}", en=en, zh=zh)
        seen.add(value)


def _links(pack: ContentPack) -> Iterator[Fault]:
    categories = {each.id for each in pack.categories}
    queues = {each.id for each in pack.queues}
    for place, each in enumerate(pack.services):
        where = f"services[{place}]"
        yield from _lost(f"{where}.category", each.category, categories)
        yield from _lost(f"{where}.queue", each.queue, queues)
        yield from _lost(f"{where}.checklist", each.checklist, pack.checklists or {})
        if each.subsidies and not each.needs_card:
            yield Fault(
                path=f"{where}.subsidies",
                en="needs a card: without one nobody is asked about; set needs_card to true",
                zh="需要刷卡：请将 needs_card 设为 true",
            )


def _lost(path: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    if name and name not in set(known):
        yield Fault(path=path, en=f'names "{name}", which is not there', zh=f"“{name}”不存在")


def _of_checklist(where: str, checklist: Checklist) -> Iterator[Fault]:
    questions = checklist.questions
    yield from _lost(f"{where}.start", checklist.start, questions)
    for name, question in questions.items():
        here = f"{where}.questions.{name}"
        yield from _twice(f"{here}.answers", "id", [each.id for each in question.answers])
        for place, answer in enumerate(question.answers):
            yield from _lost(f"{here}.answers[{place}].next", answer.next, questions)
            for number, item in enumerate(answer.bring):
                yield from _lost(f"{here}.answers[{place}].bring[{number}]", item, checklist.items)
    yield from _of_ways(where, checklist)


def _of_ways(where: str, checklist: Checklist) -> Iterator[Fault]:
    """Return what of its ways is endless, and which questions none leads to."""
    questions = checklist.questions
    for name in questions:
        if name in _behind(questions, name):
            en, zh = "leads back to itself", "会绕回自身"
            yield Fault(path=f"{where}.questions.{name}", en=en, zh=zh)
    reached = {checklist.start, *_behind(questions, checklist.start)}
    for name in questions:
        if name not in reached:
            en, zh = "is never asked: no answer leads to it", "永远不会被问到：没有答案通向它"
            yield Fault(path=f"{where}.questions.{name}", en=en, zh=zh)


def _behind(questions: Mapping[str, Question], name: str) -> set[str]:
    """Return the questions that may follow `name`, soon or late."""
    found, waiting = set[str](), [name]
    while waiting:
        question = questions.get(waiting.pop())
        answers = () if question is None else question.answers
        new = {each.next for each in answers if each.next} - found
        found |= new
        waiting.extend(new)
    return found
