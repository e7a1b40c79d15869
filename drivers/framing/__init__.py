"""Codes out of a stream of octets: one file for each way in which scanners mark them off."""
