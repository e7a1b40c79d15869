"""A centre for the city: a real `scan-central`, its cards, and a cable that can be pulled."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from simulator.ending import NEVER, Ending
from simulator.network import Cable
from simulator.phone import Phone, cards_in, phone_of
from simulator.programs import Program, run_once

ISSUER = "city.example"
_ALL = "health-pass,e-health-card,government,social-security,library,door,shop"
_PAST = ("--not-before", "2024-01-01T00:00:00Z", "--expires", "2025-01-01T00:00:00Z")


class Centre:
    """The directory of a `scan-central` and the commands on it."""

    def __init__(self, folder: Path, ending: Ending = NEVER) -> None:
        """Make the centre; raises ProgramFailed where it can't be made, Ended at the end."""
        self._folder, self._ending = folder, ending
        made = json.loads(self._command("init", "--issuer", ISSUER, "--json"))
        self.trust_root = str(made["trust_root"])

    def phones(self, count: int, *more: str, capabilities: str = _ALL) -> list[Phone]:
        """Issue dynamic cards, each onto a phone of its own."""
        printed = self._issue(count, "--dynamic", *more, capabilities=capabilities)
        return [phone_of(card) for card in cards_in(printed)]

    def expired_phones(self, count: int) -> list[Phone]:
        """Issue dynamic cards whose time is over."""
        return self.phones(count, *_PAST)

    def printed_cards(self, count: int) -> list[str]:
        """Issue static cards and return their codes."""
        printed = self._issue(count, "--static", capabilities=_ALL)
        return [str(card["code"]) for card in cards_in(printed)]

    def revoke(self, phone: Phone) -> None:
        """Revoke a card; `publish` makes it known."""
        self._command("revoke", "--status", str(phone.status))

    def set_profile(self, name: str, text: str) -> None:
        """Put a profile of the operator's in the place of the shipped one; `publish` tells it."""
        folder = self._folder / "profiles"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def set_content(self, name: str) -> None:
        """Have a kiosk's services of ours published with the rest; `publish` tells them."""
        folder = self._folder / "content"
        folder.mkdir(exist_ok=True)
        octets = files("simulator").joinpath("content", f"{name}.json").read_bytes()
        (folder / f"{name}.json").write_bytes(octets)

    def publish(self) -> None:
        """Write the trust folder."""
        self._command("publish")

    def enrolment_code(self, terminal: str) -> str:
        """Return a one-time code for `terminal`."""
        printed = self._command("enrolment", "--terminal", terminal, "--json")
        return str(json.loads(printed)["code"])

    def entries(self) -> list["CentralEntry"]:
        """Return every entry that the centre holds, in order."""
        told = [json.loads(line) for line in self._command("report", "--entries").splitlines()]
        return [
            CentralEntry(terminal=e["terminal"], epoch=e["epoch"], seq=e["seq"], line=e["line"])
            for e in told
        ]

    def serve(self, log: Path) -> tuple[Program, Cable]:
        """Start the service; return it and the cable that leads to it, not yet plugged in."""
        where = ("--dir", str(self._folder), "--port", "0", "--json")
        with ExitStack() as stack:
            program = Program("central", "serve", *where, log=log, ending=self._ending)
            stack.callback(program.stop)
            address = urlsplit(json.loads(program.first_line())["url"])
            cable = Cable(host=str(address.hostname), port=int(address.port or 0))
            stack.pop_all()  # from here on it is the caller's
        return program, cable

    def _issue(self, count: int, *more: str, capabilities: str) -> str:
        given = ("--count", str(count), "--capabilities", capabilities, "--json")
        return self._command("issue", *given, *more)

    def _command(self, name: str, *arguments: str) -> str:
        where = ("--dir", str(self._folder))
        return run_once("central", name, *where, *arguments, ending=self._ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralEntry:
    """One entry as the centre holds it."""

    terminal: str
    epoch: int
    seq: int
    line: dict[str, object]
