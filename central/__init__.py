"""The reference central service and test issuer."""
