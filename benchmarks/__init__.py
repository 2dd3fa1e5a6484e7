"""Measurements against peers and budgets; never run as tests.

`make bench` runs them all and rewrites RESULTS.md with the machine, the versions and the date.
"""
