"""The wires: settings, lane machine, sync machine, daemon, commands."""
