"""The centre's HTTP side: one module a resource, and what they share."""
