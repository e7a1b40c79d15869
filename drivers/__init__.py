"""Devices: scanners and outputs. Nothing here knows what a credential is."""
