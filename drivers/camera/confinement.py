"""The one door to seccomp: a process hands over a plan, and is held to it for good."""

import errno
from functools import cache
from pathlib import Path
from typing import Any

from drivers.base import DriverError
from drivers.camera.syscalls import Act, Plan

_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_REMEDY = "no camera or picture is looked at without it"


class Confinement:
    """A plan made ready for the kernel: what making it needs may be gone when it is enforced.

    Raises:
        DriverError: this machine can't confine a process; the words carry the remedy.
    """

    def __init__(self, plan: Plan) -> None:
        if trouble := seccomp_trouble():
            raise DriverError(trouble)
        self._filter = _built(_seccomp(), plan)

    def enforce(self) -> None:
        """Hold this process, all its threads and whatever they start to it; for good.

        Raises:
            DriverError: the kernel refuses.
        """
        try:
            self._filter.load()
        except OSError as fault:
            raise DriverError(
                f"the kernel takes no seccomp filter ({fault.strerror}): {_REMEDY};"
                " let the container or emulator allow seccomp(2)"
            ) from fault


def seccomp_trouble() -> str:
    """Return in one line why no process can be confined here and the remedy; empty: it can.

    A filter that is refused when it is loaded is found only then.
    """
    try:
        _seccomp()
    except ImportError:
        return f"pyseccomp is not installed: pip install pyseccomp; {_REMEDY}"
    except (RuntimeError, OSError):  # it finds no library; or no program to look for it with
        return f"libseccomp.so.2 is missing: apt install libseccomp2; {_REMEDY}"
    try:
        actions = _ACTIONS.read_text(encoding="ascii").split()
    except OSError:
        actions = []
    if "kill_process" not in actions:
        return (
            f"the kernel has no seccomp filters: {_REMEDY};"
            " run one with CONFIG_SECCOMP_FILTER, as Debian's"
        )
    return ""


def _built(seccomp: Any, plan: Plan) -> Any:
    """Return libseccomp's filter of a plan, not yet in force."""
    acts = {
        Act.ALLOW: seccomp.ALLOW,
        Act.REFUSE: seccomp.ERRNO(errno.EPERM),
        Act.LACK: seccomp.ERRNO(errno.ENOSYS),
        Act.KILL: seccomp.KILL_PROCESS,
    }
    built = seccomp.SyscallFilter(acts[plan.otherwise])
    # The same machine's other calling conventions, 32-bit and x32, have other numbers.
    built.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    built.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    for rule in plan.rules:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, rule.name)
        if number >= 0:  # else this architecture lacks it
            where = [
                seccomp.Arg(one.index, seccomp.MASKED_EQ, one.mask, one.value) for one in rule.where
            ]
            built.add_rule(acts[rule.act], number, *where)
    return built


@cache
def _seccomp() -> Any:
    import pyseccomp  # noqa: PLC0415  # 75 ms that only confined processes should pay

    return pyseccomp
