"""Profiles as files: read, explained, and described to editors."""
