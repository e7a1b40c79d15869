"""Pages that the terminal serves itself: screens, the counter's page, and what they are made of."""
