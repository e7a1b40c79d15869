"""The quality cards of our own drivers: bronze all of them, for none was tried on a device yet."""

from collections.abc import Mapping

from drivers.quality import Evidence, Grade, Proof, QualityCard


def _bronze(*evidence: Evidence) -> QualityCard:
    return QualityCard(grade=Grade.BRONZE, evidence=evidence)


def _simulated(what: str) -> Evidence:
    return Evidence(proof=Proof.SIMULATOR, what=what)


def _vectors(what: str) -> Evidence:
    return Evidence(proof=Proof.VECTORS, what=what)


# By part of a lane, then by kind as the settings name it. A new kind has its card here, or the
# tests fail; docs/bench-checklist.md says what a better grade takes.
CARDS: Mapping[str, Mapping[str, QualityCard]] = {
    "scanner": {
        "camera": _bronze(
            _simulated("MJPEG over loopback that stalls, hangs up and floods; video files"),
            _vectors("179 public photographs and drawn kiosk frames: make bench-decode"),
        ),
        "serial": _bronze(
            _simulated(
                "pseudo-terminals: noise, half frames, hang-ups, a port that goes and comes"
            ),
            _vectors("framings, commands and answers of each preset, from makers' manuals"),
        ),
        "wedge": _bronze(
            _simulated("a USB keyboard of Debian's kernel, out and in: make proof-devices"),
            _vectors("key events, by injected descriptors and ioctls"),
        ),
        "hid-pos": _bronze(
            _simulated("a USB scanner of Debian's kernel, out and in: make proof-devices"),
            _vectors("report descriptors of makers' manuals, and reports; make fuzz"),
        ),
    },
    "gate": {
        "relay": _bronze(
            _simulated("a pseudo-terminal that speaks A0 channel state sum"),
        ),
        "modbus": QualityCard(
            grade=Grade.BRONZE,
            evidence=(
                _simulated("boards on a pseudo-terminal: late, spoilt, others' and no answers"),
                _vectors("commands of Waveshare's register map"),
            ),
            times_pulse=True,
        ),
        "gpio": _bronze(
            _simulated(
                "requests of gpiod's own values without a chip; the kernel's part is untried"
            ),
        ),
    },
    "contacts": {
        "modbus": _bronze(
            _simulated("boards on a pseudo-terminal, their inputs switched"),
        ),
        "gpio": _bronze(
            _simulated("edges and levels of gpiod's own values without a chip"),
        ),
    },
    "indicator": {
        "relay": _bronze(_simulated("a pseudo-terminal that speaks A0 channel state sum")),
        "modbus": _bronze(_simulated("boards on a pseudo-terminal")),
        "gpio": _bronze(_simulated("requests of gpiod's own values without a chip")),
        "sound": _bronze(
            _simulated("programs in the place of aplay and espeak-ng that play, fail and hang"),
        ),
    },
    "answers": {
        "serial": _bronze(
            _simulated("a pseudo-terminal: a program that reads, stalls and goes away"),
        ),
        "virtual-serial": _bronze(
            _simulated("programs that open the port by pyserial, stall, close and open it again"),
        ),
        "osdp": _bronze(
            _simulated(
                "libosdp's own control panel over a pty: secure channel, wrong key, install mode,"
                " spoilt frames, a controller that goes and comes, a process that is ended"
            ),
        ),
        "keyboard": _bronze(
            _simulated("a kernel's uinput by injected ioctls, read back by our own keyboard"),
        ),
    },
    "printer": {
        "escpos": _bronze(
            _simulated(
                "a printer on a pty and on the network that reads ESC/POS back into lines:"
                " paper out, cover open, one-way, blocked, hung up"
            ),
        ),
    },
}
