"""Collects what settlement fixed, pays out, and reconciles the gateway's statement with the books."""
