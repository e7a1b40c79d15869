"""The door to SQL engines: SQLite by default, PostgreSQL by one setting."""
