"""A scanner on a serial line: what it sends, what it is sent, and whether it is well."""
