"""How passwords are hashed where they guard nothing."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    """As in production, with fewer rounds; who is stored with more signs in as before."""

    iterations = 20_000
