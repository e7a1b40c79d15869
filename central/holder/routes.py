"""`/holder/`: the test page, its files, the centre's time, and one test card an invitation."""

import json
import time
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.holder.assets import Asset, load_assets
from central.holder.invitations import invitation_id, redeem
from central.holder.tries import Tries
from central.pages.answers import HEADERS
from central.routes.bodies import read_request
from central.routes.refusals import malformed
from central.store.invitations import Invitation
from protocol.keys import to_base64url
from verifier.errors import TrustError
from verifier.signature import is_valid_key
from verifier.trust import base64url

PATH = "/holder/"
# A code of 31 characters and a key of 43, as JSON.
REQUEST_OCTETS_MAX = 1_024
_NO_STORE = {"Cache-Control": "no-store"}
_ASKED_AGAIN = {"Cache-Control": "no-cache"}  # kept, and asked about each time: a new page counts
_INDEX = "holder.html"


def holder_routes(centre: Centre) -> APIRouter:
    """Return the routes of the test page; they are served only where an operator wants them."""
    router, assets = APIRouter(include_in_schema=False), load_assets()
    tries = Tries(time.monotonic)

    @router.get(PATH)
    async def index(request: Request) -> Response:
        return _sent(request, assets[_INDEX])

    @router.get(f"{PATH}assets/{{name:path}}")
    async def asset(request: Request, name: str) -> Response:
        found = assets.get(name)
        if found is None:
            return Response(status_code=HTTPStatus.NOT_FOUND, headers=dict(HEADERS))
        return _sent(request, found)

    @router.get(f"{PATH}time")
    async def now() -> Response:
        return _json({"now_ms": time.time_ns() // 1_000_000})

    @router.post(f"{PATH}cards", status_code=HTTPStatus.CREATED)
    async def cards(request: Request) -> Response:
        signed = await read_request(request, octets_max=REQUEST_OCTETS_MAX)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise malformed("the body is JSON, and its content-type says so")
        name, public = _asked(signed.body)
        tries.take()
        work = partial(redeem, centre.site, centre.store, name, public, now=centre.now())
        return _json(_card(await centre.work(work)), HTTPStatus.CREATED)

    return router


def _asked(octets: bytes) -> tuple[str, bytes]:
    """Return the invitation's id and the phone's key.

    Raises:
        Refused: not in form.
    """
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise malformed("the body is no JSON") from error
    match document:
        case {"invitation": str() as code, "public_key": str() as key, **rest} if not rest:
            pass
        case _:
            raise malformed("the body is not invitation and public_key")
    try:
        name, public = invitation_id(code), base64url(key)
    except (ValueError, TrustError) as error:
        raise malformed("invitation or public_key is not in form") from error
    if not is_valid_key(public):
        raise malformed("public_key is no Ed25519 key")
    return name, public


def _card(used: Invitation) -> dict[str, object]:
    if used.use is None:
        raise ValueError("an invitation that nobody has used has no card")
    return {
        "issuer_part": to_base64url(used.use.issuer_part),
        "status": used.use.status_index,
        "expires_at": used.use.used_at + used.valid_s,
    }


def _json(members: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    octets = json.dumps(members, separators=(",", ":")).encode()
    headers = {**HEADERS, **_NO_STORE}
    return Response(octets, status, media_type="application/json", headers=headers)


def _sent(request: Request, asset: Asset) -> Response:
    headers = {**HEADERS, **_ASKED_AGAIN, "ETag": asset.tag}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.octets, media_type=asset.media_type, headers=headers)
