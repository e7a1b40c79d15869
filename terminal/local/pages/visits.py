"""The resources of a visit at a screen's page. Nothing here decides: the service does."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from protocol.content.limits import QUESTIONS_MAX
from protocol.visit import SCORE_MAX, Urgency
from terminal.local.answers import json_answer
from terminal.local.bodies import read_body, read_nothing
from terminal.local.calls import Calls
from terminal.local.limits import Limits
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.visits.acts import ticket_members
from terminal.visits.port import Told, VisitPort, VisitView

_VISIT = re.compile("[0-9a-f]{32}")
_ID = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
# What is written on a screen's keyboard: no control characters but for a new line.
_NO_CONTROLS = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
_Chosen = tuple[_ID, _ID]  # a question and its answer


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BeginBody(_Body):
    """What somebody chose."""

    service: _ID | None = None
    language: Literal["zh", "en"]


class RatingBody(_Body):
    """How it was."""

    score: Annotated[int, Field(ge=1, le=SCORE_MAX, strict=True)]
    text: str = Field(default="", max_length=200, pattern=_NO_CONTROLS)


class AppealBody(_Body):
    """What somebody asks the authority to do, and how to reach him."""

    urgency: Urgency
    text: str = Field(min_length=1, max_length=500, pattern=_NO_CONTROLS)
    contact: str = Field(default="", max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")


class ChecklistBody(_Body):
    """Which checklist, and each answer with its question."""

    checklist: _ID
    answers: Annotated[list[_Chosen], Field(max_length=QUESTIONS_MAX)]


class VisitResources:
    """What each path of a visit does."""

    def __init__(self, calls: Calls[VisitPort], limits: Limits) -> None:
        self._calls, self._limits = calls, limits

    def routes(self) -> list[BaseRoute]:
        """Return every route."""
        lane = "/screen/v1/{lane}"
        one = f"{lane}/visit/{{visit}}"
        acts = {
            "alive": self.alive,
            "ticket": self.ticket,
            "rate": self.rate,
            "appeal": self.appeal,
            "checklist": self.checklist,
            "subsidies": self.subsidies,
            "print": self.reprint,
            "end": self.end,
        }
        return [
            Route(f"{lane}/catalogue", self.catalogue),
            Route(f"{lane}/visit", self.begin, methods=["POST"]),
            Route(one, self.visit),
            *(Route(f"{one}/{name}", act, methods=["POST"]) for name, act in acts.items()),
        ]

    async def catalogue(self, request: Request) -> Response:
        """Answer with what the screen offers; unchanged content is told in 200 octets."""
        lane = _lane(request)
        view = await self._calls.ask(lambda visits: visits.catalogue(lane))
        headers = {"ETag": f'"{view.digest}"', "Cache-Control": "no-cache"}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(view.octets, 200, headers, media_type="application/json")

    async def begin(self, request: Request) -> Response:
        """Begin a visit."""
        body, lane = await read_body(request, BeginBody, limits=self._limits), _lane(request)
        view = await self._calls.ask(lambda visits: visits.begin(lane, body.service, body.language))
        return json_answer(view_members(view), status=201)

    async def visit(self, request: Request) -> Response:
        """Answer how a visit stands."""
        lane, name = _place(request)
        return json_answer(
            view_members(await self._calls.ask(lambda visits: visits.view(lane, name)))
        )

    async def alive(self, request: Request) -> Response:
        """Note that somebody is there."""
        lane, name = await self._nothing_said(request)
        return json_answer(
            view_members(await self._calls.ask(lambda visits: visits.alive(lane, name)))
        )

    async def ticket(self, request: Request) -> Response:
        """Give the ticket."""
        lane, name = await self._nothing_said(request)
        return _answer(await self._calls.ask(lambda visits: visits.ticket(lane, name)))

    async def rate(self, request: Request) -> Response:
        """Take a rating."""
        body = await read_body(request, RatingBody, limits=self._limits)
        lane, name = _place(request)
        return _answer(
            await self._calls.ask(lambda visits: visits.rate(lane, name, body.score, body.text))
        )

    async def appeal(self, request: Request) -> Response:
        """Take an appeal."""
        body = await read_body(request, AppealBody, limits=self._limits)
        lane, name = _place(request)
        return _answer(
            await self._calls.ask(
                lambda visits: visits.appeal(lane, name, body.urgency, body.text, body.contact)
            )
        )

    async def checklist(self, request: Request) -> Response:
        """Answer what to bring."""
        body = await read_body(request, ChecklistBody, limits=self._limits)
        lane, name = _place(request)
        return _answer(
            await self._calls.ask(
                lambda visits: visits.checklist(lane, name, body.checklist, body.answers)
            )
        )

    async def subsidies(self, request: Request) -> Response:
        """Answer what was paid."""
        lane, name = await self._nothing_said(request)
        return _answer(await self._calls.ask(lambda visits: visits.subsidies(lane, name)))

    async def reprint(self, request: Request) -> Response:
        """Print the last paper once more."""
        lane, name = await self._nothing_said(request)
        return _answer(await self._calls.ask(lambda visits: visits.reprint(lane, name)))

    async def end(self, request: Request) -> Response:
        """End a visit."""
        lane, name = await self._nothing_said(request)
        return json_answer(
            view_members(await self._calls.ask(lambda visits: visits.end(lane, name)))
        )

    async def _nothing_said(self, request: Request) -> tuple[str, str]:
        await read_nothing(request, limits=self._limits)
        return _place(request)


def view_members(view: VisitView) -> dict[str, object]:
    """Return a visit as pages are told of it."""
    words = view.words
    ticket = view.ticket
    return {
        "visit": view.visit,
        "state": view.state.value,
        "ends_in_ms": view.ends_in_ms,
        "words": None if words is None else {"zh": words.zh, "en": words.en},
        "ticket": None if ticket is None else ticket_members(ticket),
        "receipt": None if ticket is None else {"lines": list(ticket.lines)},
        "is_identified": view.is_identified,
    }


def _answer(told: Told) -> Response:
    """Answer what came of an act; `state` is the act's own where it has one."""
    view = told.view
    members: Mapping[str, object] = {
        "state": view.state.value,
        "ends_in_ms": view.ends_in_ms,
        **told.members,
    }
    return json_answer(members)


def _lane(request: Request) -> str:
    return str(request.path_params["lane"])


def _place(request: Request) -> tuple[str, str]:
    name = str(request.path_params["visit"])
    if _VISIT.fullmatch(name) is None:
        raise RequestRefused(LocalProblem.VISIT_UNKNOWN)
    return _lane(request), name
