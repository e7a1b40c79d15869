"""Read models: what is made of the journals for reports, limits and the outlet, again at will."""
