import pyseccomp
import pytest

from drivers.camera.source import SourceKind
from drivers.camera.syscalls import Act, Plan, capture_plan, decode_plan, picture_plan

ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
# What aarch64's kernel never had: each has a younger call that is there.
OLD = {
    *("access", "dup2", "epoll_wait", "fork", "getdents64", "lstat", "open", "pipe", "poll"),
    *("readlink", "select", "stat", "time", "vfork"),
}

CONFINED = {"decode", "picture"}  # they open nothing, and start nothing


def plans() -> dict[str, Plan]:
    captures = {kind.value: capture_plan(kind, pid=1) for kind in SourceKind}
    return {
        "decode": decode_plan(pid=1, read_fd=0, write_fds=(1, 2, 3)),
        "picture": picture_plan(pid=1, read_fd=0, write_fds=(1, 2, 3), handed_over_fd=4),
        **captures,
    }


@pytest.mark.parametrize("name", plans())
def test_every_call_is_known_to_both_architectures_or_known_to_be_old(name: str) -> None:
    """A name misspelt would be left out of the filter without a word."""
    for rule in plans()[name].rules:
        assert pyseccomp.resolve_syscall(ARCHITECTURES["x86_64"], rule.name) >= 0, rule.name
        is_there = pyseccomp.resolve_syscall(ARCHITECTURES["aarch64"], rule.name) >= 0
        assert is_there or rule.name in OLD, rule.name


@pytest.mark.parametrize("name", plans())
def test_no_call_is_named_twice_with_one_condition(name: str) -> None:
    rules = [(rule.name, rule.where) for rule in plans()[name].rules]
    assert len(set(rules)) == len(rules)


def test_what_no_table_names_ends_decode_and_is_refused_to_capture() -> None:
    otherwise = {name: plan.otherwise for name, plan in plans().items()}
    assert {otherwise.pop("decode"), otherwise.pop("picture")} == {Act.KILL}
    assert set(otherwise.values()) == {Act.REFUSE}


def test_only_a_stream_has_sockets_and_only_a_device_is_written_to() -> None:
    made = {
        name: {rule.name for rule in plan.rules if rule.act is Act.ALLOW}
        for name, plan in plans().items()
    }
    assert {name for name, calls in made.items() if "socket" in calls} == {"stream"}
    assert {name for name, calls in made.items() if "openat" not in calls} == CONFINED
    assert {name for name, calls in made.items() if "clone" not in calls} == CONFINED
