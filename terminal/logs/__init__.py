"""What the daemon says: for people at a screen, for the system's journal, and for programs."""
