"""A till's program: it sells over the terminal's local interface, as docs/local-interface.md says."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from simulator.programs import ProgramFailed

CURRENCY = "CNY"
# The interface answers within ten seconds, or says that it can't.
_ANSWER_S_MAX = 20.0
_CREATED, _OK, _NOT_FOUND = 201, 200, 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a customer was given: paid, or given back where it is below zero."""

    key: str
    amount_minor: int
    place: tuple[int, int]  # epoch and number of the entry behind it


class Till:
    """One till with its token; it writes a key down before it asks.

    Args:
        url: of the terminal's local interface.
        token: as `scan-terminal client add` showed it.
        lane: the one beside the till.
    """

    def __init__(self, url: str, token: str, lane: str) -> None:
        self.receipts: list[Receipt] = []
        self.url = url
        self._address, self._token, self._lane = urlsplit(url).netloc, token, lane
        self._number = 0

    def next_key(self) -> str:
        """Return the key of the next sale, or of the next one that is taken back."""
        self._number += 1
        return f"till-1-{self._number:012}"

    def arm(self, key: str, amount_minor: int) -> None:
        """Have the lane wait for a card that pays so much; the same again does it once."""
        self._expect(self._ask("POST", self._requests, key, _sale(amount_minor)), _CREATED, _OK)

    def arm_unheard(self, key: str, amount_minor: int) -> None:
        """Do so, and go on by the status when the answer is lost."""
        with closing(self._connection()) as connection:
            self._send(connection, "POST", self._requests, key, _sale(amount_minor))
            # Here the network goes away: nobody reads what the terminal says.
        status, _ = self._ask("GET", f"/v1/requests/{key}")
        if status == _NOT_FOUND:  # as far as the terminal knows nothing was asked
            self.arm(key, amount_minor)

    def state(self, key: str) -> Mapping[str, Any]:
        """Return how a sale stands."""
        return self._expect(self._ask("GET", f"/v1/requests/{key}"), _OK)

    def abort(self, key: str) -> None:
        """Wait for no card any more."""
        self._expect(self._ask("POST", f"/v1/requests/{key}/abort", key), _OK)

    def give_receipt(self, key: str, outcome: Mapping[str, Any]) -> None:
        """Print what was paid."""
        place = (int(outcome["entry"]["epoch"]), int(outcome["entry"]["seq"]))
        amount_minor = int(outcome["amount_minor"])
        self.receipts.append(Receipt(key=key, amount_minor=amount_minor, place=place))

    def take_back(self, key: str) -> None:
        """Have a sale annulled, and print what was given back."""
        back = self.next_key()
        told = self._expect(self._ask("POST", f"/v1/requests/{key}/reverse", back), _OK, _CREATED)
        outcome = told["outcome"]
        place = (int(outcome["annulled"]["epoch"]), int(outcome["annulled"]["seq"]))
        amount_minor = -int(outcome["amount_minor"])
        self.receipts.append(Receipt(key=back, amount_minor=amount_minor, place=place))

    @property
    def _requests(self) -> str:
        return f"/v1/lanes/{self._lane}/requests"

    def _connection(self) -> HTTPConnection:
        return HTTPConnection(self._address, timeout=_ANSWER_S_MAX)

    def _ask(
        self, method: str, path: str, key: str = "", body: object = None
    ) -> tuple[int, Mapping[str, Any]]:
        try:
            with closing(self._connection()) as connection:
                self._send(connection, method, path, key, body)
                answer: HTTPResponse = connection.getresponse()
                return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            raise ProgramFailed(f"the till: {method} {path}: {error!r}") from error

    def _send(
        self, connection: HTTPConnection, method: str, path: str, key: str, body: object
    ) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        octets = None if body is None else json.dumps(body).encode()
        connection.request(method, path, body=octets, headers=headers)

    def _expect(self, told: tuple[int, Mapping[str, Any]], *statuses: int) -> Mapping[str, Any]:
        status, members = told
        if status not in statuses:
            raise ProgramFailed(f"the till: {status} {members.get('detail', members)}")
        return members


def _sale(amount_minor: int) -> dict[str, object]:
    return {"amount_minor": amount_minor, "currency": CURRENCY}
