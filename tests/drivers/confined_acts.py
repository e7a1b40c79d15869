"""What a taken-over camera process would try, tried: each act in a process of its own, confined.

Run as a program with a plan's name, it prints a JSON object: act -> what became of it.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyseccomp

from drivers.camera.child_setup import settle
from drivers.camera.confinement import Confinement
from drivers.camera.naming import SourceKind
from drivers.camera.syscalls import Plan, capture_plan, decode_plan, picture_plan

_LIBC = ctypes.CDLL(None, use_errno=True)
_READ_FD = 0
_AT_FDCWD = -100
_CLONE_THREAD = 0x10000
_TIOCSTI = 0x5412
_VIDIOC_QUERYCAP = 0x80685600
_PTRACE_ATTACH = 16
_X32 = 0x40000000
_READ_EXEC = mmap.PROT_READ | mmap.PROT_EXEC

_PAGE = mmap.mmap(-1, mmap.PAGESIZE)
_PAGE_AT = ctypes.addressof(ctypes.c_char.from_buffer(_PAGE))
_PASSWD = ctypes.create_string_buffer(b"/etc/passwd")
_TRUE = ctypes.create_string_buffer(b"/bin/true")
_F_SETOWN_EX = 15  # asm-generic/fcntl.h
_PARENT = os.getpid()  # of each act


def call(name: str, *arguments: object) -> Callable[[], object]:
    """Return a raw system call, past whatever the C library would do before it."""
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    values = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return lambda: _LIBC.syscall(ctypes.c_long(number), *values)


def opening(flags: int) -> Callable[[], object]:
    return call("openat", _AT_FDCWD, _PASSWD, flags, 0o600)


def in_x32() -> int:
    getpid = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "getpid")
    return _LIBC.syscall(ctypes.c_long(_X32 + getpid))


ACTS: dict[str, Callable[[], object]] = {
    "compute": call("getpid"),
    "take memory": call("mmap", 0, mmap.PAGESIZE, mmap.PROT_READ, 0x22, -1, 0),
    "open to read": opening(os.O_RDONLY),
    "open to write": opening(os.O_WRONLY),
    "open for both": opening(os.O_RDWR),
    "make a file": call("openat", _AT_FDCWD, _PASSWD, os.O_RDWR | os.O_CREAT, 0o600),
    "remove a file": call("unlinkat", _AT_FDCWD, _PASSWD, 0),
    "make memory a file": call("memfd_create", _PASSWD, 0),
    "read from elsewhere": call("read", 77, _PAGE_AT, 1),
    "write elsewhere": call("write", 77, _PAGE_AT, 1),
    "connect to a program": call("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    "connect to an address": call("socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    "connect to another": call("socket", socket.AF_INET6, socket.SOCK_DGRAM, 0),
    "ask for routes": call("socket", socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "listen": call("listen", 77, 1),
    "run a program": call("execve", _TRUE, 0, 0),
    "run it by directory": call("execveat", _AT_FDCWD, _TRUE, 0, 0, 0),
    "fork": call("clone", int(signal.SIGCHLD), 0, 0, 0, 0),
    "fork anew": call("clone3", 0, 0),
    "look into the parent": call("ptrace", _PTRACE_ATTACH, _PARENT, 0, 0),
    "read the parent's memory": call("process_vm_readv", _PARENT, 0, 0, 0, 0, 0),
    "write the parent's memory": call("process_vm_writev", _PARENT, 0, 0, 0, 0, 0),
    "take the parent's file": call("pidfd_getfd", 77, 0, 0),
    "signal the parent": call("kill", _PARENT, 0),
    "signal its thread": call("tgkill", _PARENT, _PARENT, 0),
    "signal a thread": call("tkill", _PARENT, 0),
    "have the parent signalled": call("fcntl", 0, fcntl.F_SETOWN, _PARENT),
    "have a group signalled": call("fcntl", 0, fcntl.F_SETOWN, -_PARENT),
    "have one signalled by kind": call("fcntl", 0, _F_SETOWN_EX, _PAGE_AT),
    "choose the signal": call("fcntl", 0, fcntl.F_SETSIG, int(signal.SIGKILL)),
    "raise the limits": call("prlimit64", 0, 7, _PAGE_AT, 0),
    "limit the parent": call("prlimit64", _PARENT, 7, _PAGE_AT, 0),
    "be looked into again": call("prctl", 4, 1, 0, 0, 0),
    "write code": call("mmap", 0, mmap.PAGESIZE, 7, 0x22, -1, 0),
    "make memory run": call("mprotect", _PAGE_AT, mmap.PAGESIZE, _READ_EXEC),
    "make it run by key": call("pkey_mprotect", _PAGE_AT, mmap.PAGESIZE, _READ_EXEC, -1),
    "make all memory run": call("personality", 0x0400000),
    "new namespace": call("unshare", 0x10000000),
    "mount": call("mount", _TRUE, _TRUE, _TRUE, 0, 0),
    "load a module": call("init_module", _PAGE_AT, 0, _TRUE),
    "read a key": call("keyctl", 0, 0),
    "load a BPF program": call("bpf", 0, 0, 0),
    "watch the machine": call("perf_event_open", 0, 0, -1, -1, 0),
    "queue calls": call("io_uring_setup", 1, _PAGE_AT),
    "handle faults": call("userfaultfd", 0),
    "type into a terminal": call("ioctl", 0, _TIOCSTI, _PAGE_AT),
    "ask a camera": call("ioctl", 0, _VIDIOC_QUERYCAP, _PAGE_AT),
    "become somebody": call("setuid", 0),
    "set the clock": call("clock_settime", 0, _PAGE_AT),
    "take what is handed over": call("recvmsg", 0, _PAGE_AT, 0),
    "take it elsewhere": call("recvmsg", 77, _PAGE_AT, 0),
    "hand over": call("sendmsg", 0, _PAGE_AT, 0),
    "abort": os.abort,
}
if platform.machine() == "x86_64":
    ACTS["call by other numbers"] = in_x32


def plan_of(name: str) -> Plan:
    """Return the plan of that name for this process."""
    if name == "decode":
        return decode_plan(pid=os.getpid(), read_fd=_READ_FD, write_fds=(1, 2))
    if name == "picture":
        return picture_plan(pid=os.getpid(), read_fd=_READ_FD, write_fds=(1, 2), handed_over_fd=0)
    return capture_plan(SourceKind(name), pid=os.getpid())


@contextmanager
def quiet_end() -> Iterator[None]:
    """End this process without what Python would do at its end."""
    try:
        yield
    finally:
        os._exit(99)


def outcome(plan: str, act: Callable[[], object]) -> str:
    """Try one act in a process of its own; return what became of it."""
    pid = os.fork()
    if not pid:
        with quiet_end():
            settle(_PARENT)
            Confinement(plan_of(plan)).enforce()
            number = ctypes.get_errno() if act() == -1 else 0
            os._exit(number)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return errno.errorcode.get(os.WEXITSTATUS(status), "done")


if __name__ == "__main__":
    json.dump({name: outcome(sys.argv[1], act) for name, act in ACTS.items()}, sys.stdout)
