"""Closes a period: who shares, what each pays, and the proof of it."""
