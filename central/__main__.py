"""`python -m central` is `scan-central`."""

from central.cli import main

main()
