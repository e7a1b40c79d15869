"""The TUF repository that the centre publishes: keys, signing, rotation (docs/trust-keys.md)."""
