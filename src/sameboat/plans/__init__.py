"""Rulebooks: the catalogue of plan files and which version is in force."""
