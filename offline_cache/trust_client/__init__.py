"""The TUF client: what is authentic and not older than what is held, whatever its age."""
