"""Keeps an installation in order: probes, metrics, backup and restore, forgetting in time."""
