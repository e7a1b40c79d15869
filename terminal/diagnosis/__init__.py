"""The doctor: what it looks at, what it finds, and the words for it."""
