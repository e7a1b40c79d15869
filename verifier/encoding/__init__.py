"""One transform a file: base45, CBOR and COSE octets."""
