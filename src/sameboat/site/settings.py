"""Django's settings, derived from `runtime.settings`. Nothing is decided here that an operator may
set: change the environment, not this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from sameboat.runtime import logging as runtime_logging
from sameboat.runtime import postgres
from sameboat.runtime.settings import settings

CHOSEN = settings()
TESTING = CHOSEN.mode == "test"
PRODUCTION = CHOSEN.mode == "production"
PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = False
SECRET_KEY = CHOSEN.secret_key()
ALLOWED_HOSTS = list(CHOSEN.hosts)
ROOT_URLCONF = "sameboat.site.urls"
WSGI_APPLICATION = "sameboat.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Ours come first, so that our templates stand before those of the libraries.
INSTALLED_APPS = [
    "sameboat.runtime",
    "sameboat.gateways",
    "sameboat.record",
    "sameboat.books",
    "sameboat.identity",
    "sameboat.plans",
    "sameboat.members",
    "sameboat.claims",
    "sameboat.settlement",
    "sameboat.payments",
    "sameboat.webhooks",
    "sameboat.rights",
    "sameboat.upkeep",
    "sameboat.pages",
    "sameboat.web",
    "sameboat.console",
    "sameboat.public",
    "sameboat.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "procrastinate.contrib.django",
    "django.forms",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

MIDDLEWARE = [
    "sameboat.site.proxies.AddressOfTheClient",
    "sameboat.site.operators.answer_operators",
    "django.middleware.security.SecurityMiddleware",
    "sameboat.api.middleware.StraightToTheApi",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sameboat.pages.context.frame",
            ],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    """Django's form of a DATABASE_URL; what Django has no word for goes on to libpq."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    named = {
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
    }
    # Only `runtime.prepared` asks for it; without a number psycopg would refuse to.
    options = {"application_name": "sameboat", "prepare_threshold": 5, **parts}
    if not TESTING:
        # The pool holds a connection for each of the server's threads; a stopped database is an
        # error after five seconds, not a page that hangs.
        options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 5}
    return {"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": options}


DATABASES = {
    "default": _database(
        CHOSEN.database_url.get_secret_value()
        if CHOSEN.database_url
        else postgres.url(data_dir=CHOSEN.data_dir)
    )
}
# Shared by all processes, so that a rate limit counts the requests of all of them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "runtime_cache",
        "KEY_FUNCTION": "sameboat.site.cache.keyed",
        # A full cache drops entries by chance, and with them somebody's count of wrong codes.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
if not CHOSEN.rate_limits:
    # While a demo society is built, staff sign in many times within one code of the second factor.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

# Sign-in: members by a code to their phone, staff by name, password and TOTP.
AUTH_USER_MODEL = "identity.Login"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if CHOSEN.mode == "demo":
    # The demo's password is printed on the screen, and its staff sign in some hundred times.
    PASSWORD_HASHERS = ["sameboat.site.passwords.Quick"]
if TESTING:
    # A slow hash keeps a stolen password from being guessed; a test's is known to everybody.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "sameboat.identity.adapter.Adapter"
ACCOUNT_FORMS = {
    "request_login_code": "sameboat.identity.adapter.RequestCode",
    "login": "sameboat.identity.adapter.StaffLogin",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
# allauth's own limits, or none: a demo society signs in by the thousand from one address.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {} if CHOSEN.rate_limits else False
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "sameboat.identity.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Sameboat"

SESSION_ENGINE = "sameboat.identity.sessions"
SESSION_SERIALIZER = "sameboat.site.sessions.SealedSerializer"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# A demo is served over plain HTTP on this machine only.
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in CHOSEN.hosts] if PRODUCTION else []
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# An upload in pieces is at most 256 kB a request; whole forms with photos are larger.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Uploads stay in memory: what is not encrypted yet never touches the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LANGUAGE_CODE = CHOSEN.language
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = CHOSEN.data_dir / "static"
# Hashed names would be missing from the server that tests run, so tests serve plain names.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = TESTING
WHITENOISE_USE_FINDERS = TESTING

# A process that only defers jobs needs those it imports; `runtime.jobs.work` loads them all.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful", "concurrency": 2}

LOGGING = runtime_logging.configuration()
