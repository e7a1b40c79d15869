"""OSDP, the line between card readers and access controllers: the terminal as a reader."""
