"""What people see of a terminal: screens as values, and the pages that show them."""
