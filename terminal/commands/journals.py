"""`journal tail` and `verify`: the record, for people and auditors."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from terminal.commands.exporting import entry_of
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.commands.progress import shown
from terminal.settings import load_settings

if TYPE_CHECKING:
    from offline_cache.chain_audit import Audit


def tail(
    config: ConfigOption = DEFAULT_CONFIG,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=100_000, help="How many.")] = 10,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show the last entries."""
    from offline_cache.audit import JournalReader  # noqa: PLC0415  # when used
    from offline_cache.state import StateFolder  # noqa: PLC0415

    reader = JournalReader(StateFolder(load_settings(config).state_folder).journal)
    for _, line in reader.tail(count):
        entry = entry_of(line).fields
        if as_json:
            print_json(entry)
        else:
            print_line(
                f"{entry['epoch']}/{entry['seq']} at {entry['at']} {entry['lane']}"
                f" {entry['type']}: {told(entry)}"
            )
    reader.close()


def told(entry: Mapping[str, Any]) -> str:
    """Return in a few words what an entry of any type says."""
    words = [entry.get(name) for name in ("verdict", "reason", "cause", "what", "count", "counts")]
    if "amount_minor" in entry:
        words.append(f"{entry['amount_minor']} {entry.get('currency', '')} (minor)")
    if "reference" in entry:
        place = entry["reference"]
        words.append(f"of {place['epoch']}/{place['seq']}")
    return " ".join(str(word) for word in words if word is not None)


def verify(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> int:
    """Recompute the whole chain; name every entry that is not as it was written.

    A cut tail can be noticed down to the centre's last acknowledgement and to the last checkpoint
    that the terminal signed itself; what neither covers leaves no trace when it is gone, and the
    answer says how far it reaches.
    """
    from offline_cache.audit import JournalReader  # noqa: PLC0415  # when used
    from offline_cache.identity import load_identity  # noqa: PLC0415
    from offline_cache.state import StateFolder  # noqa: PLC0415

    state = StateFolder(load_settings(config).state_folder)
    identity, reader = load_identity(state.identity), JournalReader(state.journal)
    with shown("journal", reader.count()) as tell:
        audit = reader.audit(identity.terminal, public=identity.signing.public, tell=tell)
    reader.close()
    if as_json:
        print_json(_members(audit))
    else:
        _print(audit)
    return 1 if audit.faults else 0


def _members(audit: "Audit") -> dict[str, object]:
    return {
        "entries": audit.entries,
        "epoch": audit.epoch,
        "erased": audit.erased,
        "acknowledged": audit.acked,
        "signed": audit.signed,
        "tail_proven_to": audit.tail_proven_to,
        "faults": [{"epoch": f.epoch, "seq": f.seq, "what": f.what} for f in audit.faults],
    }


def _print(audit: "Audit") -> None:
    for fault in audit.faults:
        print_line(f"entry {fault.epoch}/{fault.seq}: {fault.what}")
    gone = f"; entries up to {audit.erased} were erased, signed for" if audit.erased else ""
    print_line(f"{audit.entries} entries, {len(audit.faults)} faults{gone}")
    print_line(
        f"a cut tail would be noticed down to entry {audit.tail_proven_to}: the centre"
        f" acknowledged {audit.acked}, this terminal signed for {audit.signed}"
    )
