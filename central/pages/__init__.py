"""The operators' pages: what people see of the centre, and do there, in a browser."""
