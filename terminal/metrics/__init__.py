"""What a terminal counts and measures of itself, and how monitoring systems read it."""
