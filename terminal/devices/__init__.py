"""The kinds of devices a lane may have: the settings of each, and how they become a driver."""
