"""What the centre's resources take and answer, as OpenAPI 3.1."""
