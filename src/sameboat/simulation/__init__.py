"""Synthetic societies: the demonstration society and benchmark populations."""
