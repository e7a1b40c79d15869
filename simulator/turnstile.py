"""A turnstile: a gate's relay, and a contact that says when somebody went through."""

from contextlib import ExitStack

from simulator.modbus_peer import ModbusPeer
from simulator.serial_peers import RelayPeer

_INPUT = 1
# An arm turns for a moment: the terminal asks the board each 20 ms or so, and takes for a change
# what lasts 30 ms. Counted in questions, so that a slow machine has as many.
_ASKED_MEANWHILE = 8
_PATIENCE_S = 20.0


class Turnstile:
    """The relay board that opens it and the input board that its arm is wired to."""

    def __init__(self, stack: ExitStack) -> None:
        self._relay = stack.enter_context(RelayPeer())
        self._bus = stack.enter_context(ModbusPeer())
        (self._board,) = self._bus.boards.values()

    @property
    def openings(self) -> int:
        """How often the gate opened."""
        return self._relay.openings

    def go_through(self) -> None:
        """Turn the arm once; it is at rest again when this returns."""
        self._board.inputs.add(_INPUT)
        self._let_ask()
        self._board.inputs.discard(_INPUT)
        self._let_ask()

    def settings(self) -> str:
        """Return the gate's and the contact's lines for the lane's table."""
        return (
            f'gate = {{ kind = "relay", port = "{self._relay.path}", channel = 1 }}\n'
            f'contacts = {{ kind = "modbus", port = "{self._bus.path}",'
            f" inputs = {{ passage = {_INPUT} }} }}\n"
        )

    def _let_ask(self) -> None:
        """Return once the terminal has looked at the board some times more."""
        enough = self._board.reads + _ASKED_MEANWHILE
        self._bus.wait_until(lambda: self._board.reads >= enough, timeout_s=_PATIENCE_S)
