"""Pure: the promise in plain functions.

Standard library only; no clock, chance, network or database.
"""
