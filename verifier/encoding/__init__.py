"""One transform a file: base45, base64url, CBOR, COSE and zlib octets."""
