"""What a camera process may ask of the kernel once it has loaded all it needs: tables, no code.

A name that an architecture lacks is left out there: aarch64 has no `open`, only `openat`.
"""

import fcntl
import mmap
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from drivers.camera.naming import SourceKind

_CLONE_THREAD = 0x10000  # linux/sched.h
_PR_SET_NAME = 15  # linux/prctl.h
# An `int` lies in the lower half of a register; what stands in the upper one is nobody's.
_INT = 0xFFFF_FFFF


class Act(Enum):
    """What the kernel does about a call."""

    ALLOW = "allow"
    REFUSE = "refuse"  # EPERM: a library asked, and can do without
    LACK = "lack"  # ENOSYS: the C library then takes the older call, which a filter can look into
    KILL = "kill"  # by SIGSYS: no honest process comes here


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A call's argument under `mask` is `value`."""

    index: int
    mask: int = _INT
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is done about one call, if all of `where` holds."""

    name: str
    act: Act
    where: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole filter."""

    rules: tuple[Rule, ...]
    otherwise: Act


# What any computing process needs: memory, threads it has, time, signals to itself, its end.
# qsort asks how much memory there is (sysinfo).
_COMPUTE = (
    *("brk", "madvise", "mremap", "munmap"),
    *("futex", "getpid", "gettid", "sched_getaffinity", "sched_yield"),
    *("clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time"),
    *("restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("getcpu", "getrandom", "getrusage", "setitimer", "sysinfo"),
    *("close", "exit", "exit_group", "fstat", "lseek"),
)

# NumPy's linear algebra asks on which bank its memory shall lie, and takes any.
_PLACE = ("get_mempolicy", "mbind", "set_mempolicy")

# Looked for by Python where it tells a fault, and by the C library's tables of character sets,
# which ZBar asks for: they take a no.
_LOOK = (
    *("access", "faccessat", "faccessat2", "getcwd", "getdents64", "lstat", "newfstatat"),
    *("readlink", "readlinkat", "stat", "statx"),
)

_CAPTURE = (
    *_COMPUTE,
    *_LOOK,
    *("dup", "dup2", "dup3", "eventfd2", "pipe", "pipe2"),
    *("epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait"),
    *("poll", "ppoll", "pselect6", "select"),
    *("pread64", "preadv", "read", "readv", "write", "writev"),
    *("fadvise64", "fstatfs", "statfs"),
    *("getegid", "geteuid", "getgid", "getppid", "getuid", "uname"),
    *("get_robust_list", "rseq", "set_robust_list", "set_tid_address"),
)

# What libraries ask of `fcntl`. Never F_SETOWN, F_SETOWN_EX, F_SETSIG: with these the kernel sends
# any signal for us, SIGKILL too, to whoever we name.
_FCNTL = (
    *(fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL),
    fcntl.F_DUPFD_CLOEXEC,
)

_NETWORK = (
    *("bind", "connect", "getpeername", "getsockname", "getsockopt", "setsockopt", "shutdown"),
    *("recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto"),
)

# A capture process that tries one of these has been taken over, and ends. What stands in no table
# is refused only: another version of a library may try what this one does not.
_NEVER = (
    *("execve", "execveat", "fork", "vfork"),
    *("kcmp", "kill", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "process_madvise"),
    *("process_vm_readv", "process_vm_writev", "ptrace", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("tkill", "userfaultfd"),
    *("chroot", "fsmount", "fsopen", "mount", "move_mount", "open_tree", "pivot_root", "setns"),
    *("umount2", "unshare"),
    *("delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load", "reboot"),
    *("add_key", "bpf", "io_uring_enter", "io_uring_register", "io_uring_setup", "keyctl"),
    *("perf_event_open", "request_key"),
    *("adjtimex", "clock_adjtime", "clock_settime", "settimeofday"),
    *("capset", "personality", "seccomp", "setgid", "setgroups", "setregid", "setresgid"),
    *("setresuid", "setreuid", "setuid"),
    *("name_to_handle_at", "open_by_handle_at", "swapoff", "swapon"),
)


def decode_plan(*, pid: int, read_fd: int, write_fds: Iterable[int]) -> Plan:
    """Return the filter of a decode process: it computes, reads there, writes there, and ends.

    Args:
        pid: its own; it may signal nobody else, and itself only to abort.
        read_fd: where its orders come.
        write_fds: where it may answer and complain.
    """
    writes = [_rule("write", Argument(index=0, value=fd)) for fd in write_fds]
    rules = (
        *_rules(Act.ALLOW, _COMPUTE),
        *_memory(),
        _rule("read", Argument(index=0, value=read_fd)),
        *writes,
        _rule("tgkill", Argument(index=0, value=pid)),
        *_rules(Act.REFUSE, (*_LOOK, *_PLACE, "ioctl", "open", "openat")),
    )
    return Plan(rules=rules, otherwise=Act.KILL)


def picture_plan(*, pid: int, read_fd: int, write_fds: Iterable[int], handed_over_fd: int) -> Plan:
    """Return the filter of a picture process: a decode process that is handed files.

    Args:
        pid: its own.
        read_fd: where its orders come.
        write_fds: where it may answer and complain.
        handed_over_fd: the socket by which open files come; it can't send by it.
    """
    decode = decode_plan(pid=pid, read_fd=read_fd, write_fds=write_fds)
    rules = (
        *decode.rules,
        _rule("recvmsg", Argument(index=0, value=handed_over_fd)),
        _rule("pread64"),  # by place: of files alone, and of those it has only what it was handed
        _rule("fcntl", Argument(index=1, value=fcntl.F_DUPFD_CLOEXEC)),  # Python's, to map a file
        # A codec of OpenCV's or FFmpeg's asks for threads, and works without.
        Rule(name="clone", act=Act.REFUSE),
        Rule(name="clone3", act=Act.LACK),
    )
    return Plan(rules=rules, otherwise=decode.otherwise)


def capture_plan(kind: SourceKind, *, pid: int) -> Plan:
    """Return the filter of a capture process, by what it takes frames from.

    Args:
        kind: what frames come from; nothing else is open to it.
        pid: its own.
    """
    rules = (
        *_rules(Act.ALLOW, _CAPTURE),
        *_memory(),
        *_threads(),
        *(_rule("fcntl", Argument(index=1, value=number)) for number in _FCNTL),
        _rule("tgkill", Argument(index=0, value=pid)),
        # To read its limits, never to set them.
        _rule("prlimit64", Argument(index=2, mask=2**64 - 1, value=0)),
        _rule("prctl", Argument(index=0, value=_PR_SET_NAME)),
        *_openings(kind),
        *(_network() if kind is SourceKind.STREAM else ()),
        *_rules(Act.KILL, _NEVER),
    )
    return Plan(rules=rules, otherwise=Act.REFUSE)


def _rules(act: Act, names: Iterable[str]) -> tuple[Rule, ...]:
    return tuple(Rule(name=name, act=act) for name in names)


def _rule(name: str, *where: Argument) -> Rule:
    return Rule(name=name, act=Act.ALLOW, where=where)


def _memory() -> tuple[Rule, ...]:
    """Let memory be taken, but never such as can be run: all code is there already."""
    never_run = Argument(index=2, mask=mmap.PROT_EXEC, value=0)
    return _rule("mmap", never_run), _rule("mprotect", never_run)


def _threads() -> tuple[Rule, ...]:
    """Let threads be started, and no process; a filter can't look into clone3."""
    thread = Argument(index=0, mask=_CLONE_THREAD, value=_CLONE_THREAD)
    process = Argument(index=0, mask=_CLONE_THREAD, value=0)
    return (
        _rule("clone", thread),
        Rule(name="clone", act=Act.KILL, where=(process,)),
        Rule(name="clone3", act=Act.LACK),
    )


def _openings(kind: SourceKind) -> tuple[Rule, ...]:
    """Let files be opened to read; a device also to be told what to do, which V4L2 asks for."""
    making = os.O_CREAT | os.O_TRUNC
    mask = making if kind is SourceKind.DEVICE else making | os.O_ACCMODE
    opens = (
        _rule("open", Argument(index=1, mask=mask, value=0)),
        _rule("openat", Argument(index=2, mask=mask, value=0)),
    )
    if kind is not SourceKind.DEVICE:
        return opens
    # linux/videodev2.h: every VIDIOC_ carries a 'V' there. TIOCSTI and its like are not among them.
    return *opens, _rule("ioctl", Argument(index=1, mask=0xFF00, value=ord("V") << 8))


def _network() -> tuple[Rule, ...]:
    """Let connections be made to addresses; never to programs of this machine by AF_UNIX."""
    families = (socket.AF_INET, socket.AF_INET6)
    sockets = (_rule("socket", Argument(index=0, value=family)) for family in families)
    # FIONBIO and FIONREAD, asm-generic/ioctls.h.
    ioctls = (_rule("ioctl", Argument(index=1, value=number)) for number in (0x5421, 0x541B))
    return *sockets, *ioctls, *_rules(Act.ALLOW, _NETWORK)
