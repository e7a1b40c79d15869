"""Operators: people who watch the terminals by a browser, and what they did."""
