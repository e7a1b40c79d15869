"""The commands of `scan-terminal`, one module a family; heavy modules are imported when used."""
