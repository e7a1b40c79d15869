"""Content packs: what a screen offers people to choose from, signed by the centre."""
