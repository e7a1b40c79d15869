"""What a checklist's answers come to: the things to bring. Pure."""

from collections.abc import Sequence

from protocol.content.model import Checklist


class AnswersMalformed(ValueError):  # noqa: N818  # the house's word for it
    """The answers are no way through the checklist; the text says where they leave it."""


def things_to_bring(checklist: Checklist, answers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the items that a way through a checklist asks for, each once, as they came up.

    Args:
        checklist: of a pack that was read.
        answers: question and answer, from the first question to one that ends it.

    Raises:
        AnswersMalformed: another question was to come, it has no such answer, or it goes on.
    """
    items, due = dict[str, None](), checklist.start
    for place, (question, answer) in enumerate(answers):
        if not due or question != due:
            raise AnswersMalformed(f"answer {place + 1} is to another question than was asked")
        given = next((each for each in checklist.questions[due].answers if each.id == answer), None)
        if given is None:
            raise AnswersMalformed(f"answer {place + 1} is none that the question has")
        items |= dict.fromkeys(given.bring)
        due = given.next
    if due:
        raise AnswersMalformed("there is a question yet to answer")
    return tuple(items)
