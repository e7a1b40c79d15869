"""What the terminal keeps on disk: trust, statuses, replay memory, journal, outbox."""
