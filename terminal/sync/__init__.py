"""The terminal and the centre in step: trust comes in, the journal goes out."""
