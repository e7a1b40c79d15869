"""One line of people: its machine, its passages, its attendants, and the wires between."""
