"""Collects what settlement fixed, pays out, and compares the gateway's statement with the books."""
