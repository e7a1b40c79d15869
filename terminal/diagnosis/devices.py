"""The doctor's look at each lane's devices."""

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding
from terminal.diagnosis.ground import Ground


def look_at_devices(ground: Ground) -> Iterator[Finding]:
    """Yield whether what is named is there and can be what it is named as."""
    for lane in ground.settings.lane:
        for device in lane.devices:
            yield from device.findings(f"lane {lane.name}")
