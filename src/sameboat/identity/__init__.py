"""Persons, logins, staff roles, consents: who somebody is, proved once and kept sealed."""
