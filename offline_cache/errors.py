"""What goes wrong with the terminal's own disk; each text says what, where and what to do."""


class CacheError(Exception):
    """Root of this package's faults."""


class CacheCorrupt(CacheError):  # noqa: N818  # the condition is the name
    """What is on disk is not what was written."""


class CacheBusy(CacheError):  # noqa: N818  # the condition is the name
    """Another process holds the terminal's state."""


class CacheFault(CacheError):  # noqa: N818  # the condition is the name
    """A write or sync failed: nothing more is acknowledged until the state is opened anew."""


class JournalBusy(CacheFault):  # the condition is the name
    """Nothing was written, for another process holds the database; it may pass."""


class DiskFull(CacheFault):  # the condition is the name
    """Nothing was written, for there is no room; lanes serve again once there is."""


class NoJournal(CacheError):  # noqa: N818  # the condition is the name
    """There is no journal yet: the daemon has not run, or is just starting."""


class NotEnrolled(CacheError):  # noqa: N818  # the condition is the name
    """The machine has no identity yet."""


class HistoryParted(CacheError):  # noqa: N818  # the condition is the name
    """Journal and centre hold different histories: a restored or cloned disk."""


class ReferenceRefused(CacheError):  # noqa: N818  # the condition is the name
    """Nothing was written: the entry that it is to take back or override can't be."""


class AnsweredAlready(ReferenceRefused):  # the condition is the name
    """Another entry has taken it back, or overridden it."""


class EntryErased(ReferenceRefused):  # the condition is the name
    """It is of an earlier epoch, or erased since: nothing here can take it back."""
