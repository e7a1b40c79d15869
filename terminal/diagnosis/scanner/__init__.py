"""The doctor's look at a scanner, by sample codes that show what it changes on the way."""
