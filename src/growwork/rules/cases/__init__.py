"""Examples of each rule: what it must flag and what it must leave alone.

The documentation lists them by name and the tests run every one.
"""
