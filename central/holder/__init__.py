"""The test page: any phone becomes a test citizen, so that a real camera can be tried."""
