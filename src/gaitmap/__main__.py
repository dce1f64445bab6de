"""Run the command line with ``python -m gaitmap``."""

from gaitmap.cli import main

main()
