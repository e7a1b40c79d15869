"""Relays and inputs on a Modbus RTU bus."""
