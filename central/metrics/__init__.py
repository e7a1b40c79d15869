"""What the centre says of its fleet and of itself to the operator's monitoring."""
