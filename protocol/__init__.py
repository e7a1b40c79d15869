"""What terminal and centre must agree on: lines, chains, batches, signatures, words."""
