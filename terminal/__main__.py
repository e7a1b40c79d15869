"""`python -m terminal` is `scan-terminal`."""

from terminal.cli import main

main()
