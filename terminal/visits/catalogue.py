"""A content pack as pages load it (docs/visits.md, "The page"). Pure."""

import json

from protocol.content.model import Answer, Checklist, ContentPack, Item, Service
from verifier.profile import Phrase


def catalogue_octets(pack: ContentPack, *, name: str) -> bytes:
    """Return the JSON of a pack's catalogue: the same octets for the same pack."""
    return json.dumps(_catalogue(pack, name), ensure_ascii=False, separators=(",", ":")).encode()


def both(phrase: Phrase | None) -> dict[str, str] | None:
    """Return a phrase as JSON has it; None: there is none."""
    return None if phrase is None else {"zh": phrase.zh, "en": phrase.en}


def _catalogue(pack: ContentPack, name: str) -> dict[str, object]:
    return {
        "name": name,
        "version": pack.version,
        "issued_at": pack.issued_at,
        "categories": [
            {"id": each.id, "zh": each.name.zh, "en": each.name.en} for each in pack.categories
        ],
        "services": [_service(pack, each) for each in pack.services],
        "checklists": {key: _checklist(each) for key, each in (pack.checklists or {}).items()},
    }


def _service(pack: ContentPack, service: Service) -> dict[str, object]:
    queue = pack.queue(service.queue)
    what = service.what or Phrase(zh="", en="")
    return {
        "id": service.id,
        "category": service.category,
        "zh": service.name.zh,
        "en": service.name.en,
        "keywords": list(service.keywords),
        "needs_card": service.needs_card,
        "ticket": queue is not None,
        "queue": None if queue is None else both(queue.name),
        "checklist": service.checklist or None,
        "subsidies": service.subsidies,
        "what_zh": what.zh,
        "what_en": what.en,
    }


def _checklist(checklist: Checklist) -> dict[str, object]:
    return {
        "title": both(checklist.title),
        "start": checklist.start,
        "questions": {
            key: {"text": both(each.text), "answers": [_answer(answer) for answer in each.answers]}
            for key, each in checklist.questions.items()
        },
        "items": {key: item_members(each) for key, each in checklist.items.items()},
    }


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "id": answer.id,
        "text": both(answer.text),
        "bring": list(answer.bring),
        "next": answer.next or None,
    }


def item_members(item: Item) -> dict[str, object]:
    """Return one thing to bring as JSON has it."""
    note = {} if item.note is None else {"note": both(item.note)}
    return {"zh": item.name.zh, "en": item.name.en, **note}
