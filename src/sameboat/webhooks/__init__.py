"""Tells programs of integrators what happened: pulled from the record, signed, sent, sent again."""
