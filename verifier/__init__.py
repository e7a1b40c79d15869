"""Octets, keys, statuses, a profile and a moment in; a Decision out. Pure."""
