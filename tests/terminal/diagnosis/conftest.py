"""A machine laid out as a folder: what the kernel and the system would say, as real files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import Machine
from terminal.settings import CentreSettings, LaneSettings, Settings, TerminalSettings

UNIT = "[Service]\nUser=scan-terminal\nGroup=scan-terminal\nSupplementaryGroups=dialout video\n"
PASSWD = "root:x:0:0::/root:/bin/sh\nscan-terminal:x:970:970::/var/lib/scan-terminal:/bin/false\n"
GROUP = "dialout:x:20:anna\nplugdev:x:46:scan-terminal\nscan-terminal:x:970:\nvideo:x:44:\n"


class Laid:
    """A folder that stands for `/`."""

    def __init__(self, root: Path) -> None:
        self.root, self.machine = root, Machine(root=root)

    def put(self, path: str, text: str = "") -> Path:
        """Write a file."""
        place = self.machine.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def run(self, pid: int, name: str, command: str = "", *, holding: str = "") -> None:
        """Have a program run."""
        self.put(f"/proc/{pid}/comm", f"{name}\n")
        self.put(f"/proc/{pid}/cmdline", command.replace(" ", "\0"))
        fds = self.machine.at(f"/proc/{pid}/fd")
        fds.mkdir()
        if holding:
            (fds / "7").symlink_to(holding)


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    root = tmp_path / "root"
    root.mkdir()
    made = Laid(root)
    for path, text in (
        ("/etc/systemd/system/scan-terminal.service", UNIT),
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
    ):
        made.put(path, text)
    return made


SERIAL = {"kind": "serial", "port": "/dev/serial/by-id/usb-scanner-if00"}
CAMERA = {"kind": "camera", "source": "/dev/video0"}


@pytest.fixture
def ground(laid: Laid, tmp_path: Path) -> Callable[..., Ground]:
    """Make what checks stand on, of lanes with such scanners."""

    def make(*scanners: dict[str, str]) -> Ground:
        lanes = tuple(
            LaneSettings.model_validate({"name": f"gate-{n}", "profile": "gate", "scanner": each})
            for n, each in enumerate(scanners, 1)
        )
        settings = Settings(
            centre=CentreSettings(url="http://127.0.0.1:9", trust_root="A" * 43),
            terminal=TerminalSettings(state=str(tmp_path / "state")),
            lane=lanes,
        )
        return Ground(config=tmp_path / "t.toml", settings=settings, machine=laid.machine)

    return make
