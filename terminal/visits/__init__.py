"""Visits at screens: one person, one service, and what comes of it."""
