"""Persons, logins, staff roles and consents."""
