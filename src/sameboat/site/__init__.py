"""The composition root: Django settings, the URL map and the WSGI entry point. Owns no behaviour."""
