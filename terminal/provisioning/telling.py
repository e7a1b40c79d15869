"""How an unenrolled machine tells of itself: on screens, on the console and in `status`."""

from collections.abc import Sequence

from drivers.base import DeviceReport
from terminal.provisioning.arming import ArmState, Ended, Standing
from terminal.provisioning.why import WORDS, Words
from terminal.settings import LaneSettings

# What whoever passes by is told; no more than that there is nothing here for him.
TITLE = Words(zh="尚未启用", en="Not in service yet")
_PUBLIC = Words(zh="本终端尚未注册，请使用其他通道", en="This terminal is not enrolled yet")

_STATES = {
    ArmState.UNARMED: _PUBLIC,
    ArmState.ARMED: Words(zh="请向扫描窗出示注册二维码", en="Show the enrolment QR to the scanner"),
    ArmState.TRYING: Words(zh="正在注册，请稍候", en="Enrolling; please wait"),
    ArmState.ENROLLED: Words(zh="已注册，正在启动", en="Enrolled; starting"),
}
_ENDED = {
    Ended.TIME: Words(
        zh="扫码注册的时间已到", en="The time for scanning is over: arm it again to go on"
    ),
    Ended.TRIES: Words(
        zh="错误次数过多，已停止扫码注册", en="Too many wrong codes: arm it again to go on"
    ),
}


def heading(standing: Standing) -> Words:
    """Return the one thing to be read from afar."""
    return TITLE if standing.state is ArmState.UNARMED else _STATES[standing.state]


def words_of(standing: Standing) -> Words:
    """Return what stands below it: what to do, and what became of the last try."""
    told = [WORDS[standing.why]] if standing.why is not None else []
    if standing.ended in _ENDED:
        told.append(_ENDED[standing.ended])
    told = told or [_STATES[standing.state]]
    return Words(zh="；".join(each.zh for each in told), en=". ".join(each.en for each in told))


def enrolment_members(standing: Standing) -> dict[str, object]:
    """Return what `status` says of the enrolment."""
    return {
        "state": standing.state.value,
        "ends_in_s": standing.ends_in_s,
        "tries_left": standing.tries_left,
        "why": None if standing.why is None else standing.why.value,
        **words_of(standing).members(),
    }


def report_unenrolled(
    standing: Standing, lanes: Sequence[LaneSettings], told: dict[str, DeviceReport]
) -> dict[str, object]:
    """Return what `scan-terminal status --json` prints while the daemon waits to be enrolled.

    Args:
        standing: of the arming.
        lanes: of the settings.
        told: what each lane's scanner said last, while it reads.
    """
    return {
        "running": True,
        "enrolled": False,
        "terminal": None,
        "epoch": None,
        "enrolment": enrolment_members(standing),
        "lanes": [_lane(lane, told.get(lane.name)) for lane in lanes],
    }


def _lane(lane: LaneSettings, told: DeviceReport | None) -> dict[str, object]:
    return {
        "name": lane.name,
        "profile": lane.profile,
        "freshness": None,
        "state": "out-of-service",
        "trouble": trouble(),
        "dropped": 0,
        "counts": {},
        "devices": [] if told is None else [_device(told)],
    }


def trouble() -> str:
    """Return why no lane serves, in a technician's words."""
    return "not enrolled: scan-terminal enrol --arm, then show the QR of `scan-central enrolment`"


def _device(told: DeviceReport) -> dict[str, object]:
    return {
        "part": "scanner",
        "device": told.device,
        "condition": told.condition.value,
        "detail": told.detail,
    }
