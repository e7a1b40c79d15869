"""Entries as CloudEvents (version 1.0.2), for programs of the operator."""

import json

from central.store.outlet import Numbered
from central.store.store import Store
from central.wording import LAST_MOMENT, utc
from protocol.journal import compact

# 500 lines at their longest are 2 MB, with their heads 2.2.
EVENTS_MAX = 500
EVENTS_DEFAULT = 100

TYPE_PREFIX = "scan-terminal.entry."


def events_behind(store: Store, after: int, limit: int) -> tuple[bytes, int]:
    """Return a batch of the events behind cursor `after`, and the cursor behind it.

    The batch is the JSON array of `application/cloudevents-batch+json`. Each event's data is the
    journal's line, octet by octet: it names cards by pseudonym, and its sealed part stays sealed.

    Args:
        store: of the centre.
        after: the cursor of the last event that was taken; 0: none yet.
        limit: how many at most.
    """
    found = store.outlet.behind(after, limit)
    last = found[-1][0] if found else after
    return b"[" + b",".join(_event(each) for each in found) + b"]", last


def _event(numbered: Numbered) -> bytes:
    number, terminal, epoch, seq, line = numbered
    fields = json.loads(line)
    head: dict[str, object] = {
        "specversion": "1.0",
        "id": f"{terminal}/{epoch}/{seq}",
        "source": f"/v1/terminals/{terminal}/journal",
        "type": TYPE_PREFIX + fields["type"],
        "datacontenttype": "application/json",
        "cursor": str(number),
    }
    if fields["at"] <= LAST_MOMENT:
        head["time"] = utc(fields["at"])
    return compact(head)[:-1] + b',"data":' + line + b"}"
