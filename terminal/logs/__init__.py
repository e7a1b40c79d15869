"""What the daemon says: for people at a screen, for the system's journal, and for programs."""

from terminal.logs.starting import begin_logging as begin_logging  # until its callers name it
