"""Sameboat (同舟): an open online mutual-aid platform."""

__version__ = "0.1.0"
