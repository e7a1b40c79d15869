"""The commands of `scan-central`, by subject."""
