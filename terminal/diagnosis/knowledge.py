"""The doctor's look at what the terminal holds: its identity, its trust, its clock's floor."""

from collections.abc import Callable, Iterator

from offline_cache.errors import CacheError, NoJournal, NotEnrolled
from offline_cache.identity import load_identity
from terminal.bootstrap import trust_store
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.timekeeping import system_now
from verifier.clock import UNCERTAINTY_S_MAX


def look_at_identity(ground: Ground) -> Iterator[Finding]:
    """Yield whether this machine is a terminal."""
    code = "identity.held"
    try:
        identity = load_identity(ground.state.identity)
    except NotEnrolled as error:
        yield fail(code, "identity", str(error), "scan-terminal enrol CODE")
    except CacheError as error:
        yield fail(code, "identity", str(error), "enrol the terminal anew")
    except OSError as error:
        what = f"can't be read ({error.strerror})"
        yield fail("disk.access", "identity", what, "run as the daemon's user")
    else:
        yield ok(code, "identity", f"terminal {identity.terminal}, epoch {identity.epoch}")


def look_at_trust(ground: Ground) -> Iterator[Finding]:
    """Yield whether keys and lists are held, and how old they are."""
    code = "trust.held"

    def look() -> Finding:
        now = system_now()
        trust = trust_store(ground.state, ground.settings).look(now=now)
        if trust is None:
            return warn(code, "trust", "nothing held yet", "scan-terminal sync --once")
        if trust.problems:
            return warn(code, "trust", "; ".join(trust.problems), "tell the operator")
        age_s = now - (trust.trusted.issued_at or now)
        if age_s < -UNCERTAINTY_S_MAX:  # its age would be told as 0 for as long
            what = f"version {trust.version} is dated {-age_s} s ahead of this machine's clock"
            remedy = "set a wrong clock right; else the operator resets the floor"
            return fail("trust.ahead", "trust", what, remedy)
        told = f"version {trust.version}, {max(0, age_s)} s old, from {trust.source}"
        if trust.expired:
            what = f"{told}; past its expiry: {', '.join(trust.expired)}"
            remedy = "scan-terminal sync --once, or import a newer folder"
            return warn("trust.expired", "trust", what, remedy)
        return ok(code, "trust", told)

    yield guarded(code, "trust", look, "scan-terminal sync --once fetches it anew")


def guarded(code: str, check: str, look: Callable[[], Finding], remedy: str) -> Finding:
    """Return what a look found, or that what it looked at can't be read."""
    try:
        return look()
    except NotEnrolled:
        return warn("identity.held", check, "waits for the terminal to be enrolled", "see identity")
    except NoJournal as error:
        return fail(code, check, str(error), "put it back, or enrol the terminal anew")
    except CacheError as error:
        if isinstance(error.__cause__, PermissionError):  # nothing is damaged, and to be removed
            what = f"can't be read ({error.__cause__.strerror})"
            return fail("disk.access", check, what, "run as the daemon's user")
        return fail(code, check, str(error), remedy)
    except OSError as error:
        what = f"can't be read ({error.strerror})"
        return fail("disk.access", check, what, "run as the daemon's user")
