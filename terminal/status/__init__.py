"""How the terminal stands, for people: on one page, once or for as long as they look."""
