"""`python -m growwork`."""

from growwork.cli import main

main()
