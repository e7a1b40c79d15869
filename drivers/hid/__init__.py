"""Scanners that speak USB HID: as a keyboard, or as a point-of-sale device."""
