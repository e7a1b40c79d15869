"""A card reader to an existing access controller, by OSDP: what is granted is a card read."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from drivers.answers import AnswerLines
from drivers.base import DriverError, Report, Shown
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.osdp.card import CardFormat, card_of, shown_of
from drivers.osdp.key import read_key, write_key
from drivers.osdp.library import (
    Command,
    OsdpChannel,
    Peripheral,
    card_event,
    command_reply,
    load_library,
    make_peripheral,
)
from drivers.serial_link import SerialLink
from drivers.serial_port import Line, SerialPort

# libosdp has work to do in between: it answers within 200 ms, or the controller asks again.
BUSY_MS, IDLE_MS = 5, 50
# A controller polls ten times a second, a slow one once; silence for longer is none there.
QUIET_MS_MAX = 3_000
# After that the person who was granted has pulled at the door in vain and gone to somebody.
CARD_AGE_MS_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpAddress:
    """Where the reader is, and by which key."""

    port: str
    baud: int
    address: int  # 0 to 126
    key_file: Path
    may_install: bool = False  # take a key from the controller while there is none


class _Key(Enum):
    """By which key the channel is, or is to be."""

    NONE = "none"  # install mode: the default key
    SET = "set"  # the controller set one, and the channel is still by the default key
    OWN = "own"


class _Talk:
    """One conversation with a controller over an open port; of the link's thread."""

    def __init__(self, library: Any, where: OsdpAddress, key: bytes | None) -> None:
        self.channel = OsdpChannel()
        self.shown: Shown | None = None
        self.trouble = ""  # why a key was not kept; the controller hears no
        self._library, self._where = library, where
        self._key = _Key.NONE if key is None else _Key.OWN
        self._pd: Peripheral = make_peripheral(
            library, self.channel, address=where.address, key=key
        )
        self._pd.set_command_callback(self._obey)

    @property
    def is_secure(self) -> bool:
        """Return whether the channel is up, by a key that not everybody knows."""
        return self._key is _Key.OWN and self._pd.is_sc_active()

    @property
    def is_installing(self) -> bool:
        """Return whether there is no key of our own yet."""
        return self._key is _Key.NONE

    def refresh(self) -> None:
        """Let libosdp take what came and answer."""
        self._pd.refresh()
        if self._key is _Key.SET and not self._pd.is_sc_active():
            self._key = _Key.OWN  # the channel by the key that everybody knows is over

    def tell(self, event: dict[str, object]) -> bool:
        """Have a card told at the next poll, and none before it."""
        self._pd.flush_events()
        return self._pd.submit_event(event)

    def forget(self) -> None:
        """Have nothing told that was not yet."""
        self._pd.flush_events()

    def _obey(self, command: Command) -> tuple[int, None]:
        """Do what a reader does; address and line come from our settings, not from the wire."""
        what = command.get("command")
        if what == self._library.CMD_KEYSET:
            return command_reply(self._take_key(command["data"]))
        if what == self._library.CMD_LED:
            self.shown = shown_of(command) or self.shown
        harmless = (self._library.CMD_LED, self._library.CMD_BUZZER, self._library.CMD_STATUS)
        return command_reply(0 if what in harmless else -1)

    def _take_key(self, key: bytes) -> int:
        """Keep the key of a controller, in install mode alone; return 0 if it was kept."""
        if self._key is not _Key.NONE or not self._where.may_install:
            return -1
        try:
            write_key(self._where.key_file, key)
        except DriverError as fault:
            self.trouble = str(fault)
            return -1
        self._key = _Key.SET
        return 0


class OsdpReader:
    """Tells a controller of each card that was granted; an `AnswerLine`.

    A line is a card's octets in hexadecimal. It is told once the controller polls, by the secure
    channel alone; one that can't be told within CARD_AGE_MS_MAX is dropped. The controller decides
    for itself what it opens.

    Args:
        where: line, address and key file.
        card_format: what the controller takes the card's bits for.
        load: returns libosdp.
    """

    def __init__(
        self,
        *,
        where: OsdpAddress,
        card_format: CardFormat = CardFormat.RAW,
        load: Callable[[], Any] = load_library,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._where, self._format, self._load = where, card_format, load
        self._monotonic_ms = monotonic_ms
        self._cards = AnswerLines(monotonic_ms, ending=b"", age_ms_max=CARD_AGE_MS_MAX)
        self._follow: Callable[[Shown], None] | None = None
        self._link = SerialLink(
            port=where.port,
            line=Line(baud=where.baud),
            monotonic_ms=monotonic_ms,
            session=self._session,
            is_up_when_open=False,
        )

    @property
    def dropped(self) -> int:
        """Cards that were never told: too many waited, or they waited too long."""
        return self._cards.dropped

    def follow(self, show: Callable[[Shown], None]) -> None:
        """Have `show` called with what the controller's light says; call it before `start`."""
        self._follow = show

    def start(self, report: Report) -> None:
        """Open the line; returns at once. A missing port or key is reported, never raised."""
        self._link.start(report)

    def send(self, line: bytes) -> None:
        """Tell one card; returns at once.

        Raises:
            ValueError: it is no card in hexadecimal.
        """
        card_of(line)
        self._cards.put(line)
        self._link.wake()

    def stop(self) -> None:
        """Free the port; what waits is dropped."""
        self._link.stop()

    def _session(self, port: SerialPort, teller: ConditionTeller) -> None:
        library = self._load()
        talk = _Talk(library, self._where, self._key())
        heard_ms = self._monotonic_ms() - QUIET_MS_MAX
        told_ms: int | None = None
        while not self._link.is_stopping:
            heard_ms = self._exchange(port, talk, heard_ms)
            now_ms = self._monotonic_ms()
            is_secure = talk.is_secure and now_ms - heard_ms < QUIET_MS_MAX
            self._tell_condition(teller, talk, is_secure=is_secure)
            if is_secure and (card := self._cards.take()):
                talk.tell(card_event(library, card_of(card), self._format))
                told_ms = now_ms
            elif told_ms is not None and now_ms - told_ms >= CARD_AGE_MS_MAX:
                talk.forget()
                told_ms = None
            self._hand_on(talk)

    def _key(self) -> bytes | None:
        key = read_key(self._where.key_file)
        if key is None and not self._where.may_install:
            raise DriverError(
                f"key file {self._where.key_file} is not there: write the controller's key into"
                " it, or set install = true to take one from the controller"
            )
        return key

    def _exchange(self, port: SerialPort, talk: _Talk, heard_ms: int) -> int:
        """Move octets both ways, once; return when something was heard last."""
        is_busy = self._monotonic_ms() - heard_ms < IDLE_MS
        ready = self._link.wait(
            port,
            to_write=bool(talk.channel.outgoing()),
            timeout_ms=BUSY_MS if is_busy else IDLE_MS,
        )
        if ready.to_read and (octets := port.read()):
            talk.channel.take(octets)
            heard_ms = self._monotonic_ms()
        talk.refresh()
        if outgoing := talk.channel.outgoing():
            talk.channel.sent(port.write_some(outgoing))
        return heard_ms

    def _tell_condition(self, teller: ConditionTeller, talk: _Talk, *, is_secure: bool) -> None:
        where = f"{self._where.port}, address {self._where.address}"
        if talk.trouble:
            teller.down(talk.trouble)
        elif is_secure:
            teller.up("" if not self._where.may_install else "install = true: take it out now")
        elif talk.is_installing:
            teller.down(f"install mode at {where}: waits for a key from the controller")
        else:
            teller.down(
                f"no secure channel to the controller at {where}: check cable, address, baud rate"
                " and that both have the same key"
            )

    def _hand_on(self, talk: _Talk) -> None:
        shown, talk.shown = talk.shown, None
        if shown is not None and self._follow is not None:
            self._follow(shown)
