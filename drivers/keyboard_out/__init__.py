"""A keyboard of our own making: what an answer types."""
