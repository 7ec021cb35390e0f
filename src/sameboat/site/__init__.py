"""The composition root: Django settings, URL map, WSGI entry point. Owns no behaviour."""
