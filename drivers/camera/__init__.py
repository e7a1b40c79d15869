"""A camera lane: capture and decode in child processes, supervised by the driver."""
