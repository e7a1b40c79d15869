"""A small city on one machine: phones, cameras, scanners, gates and an outage."""
