"""Relays and contacts on GPIO lines."""
