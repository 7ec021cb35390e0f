"""What an operator may set, read once from the environment and checked at the start.

Every variable is `SAMEBOAT_<FIELD>`, except `DATABASE_URL` and `KEYSTORE_URL`. A wrong value, or a
`SAMEBOAT_` variable that does not exist, stops the program with its name. Secrets are files; they
never appear in a message, a log line or `repr`.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sameboat.runtime.refusals import Refusal

PREFIX = "SAMEBOAT_"
# Read by the tests and the fail points only; they are not settings of the product.
OTHER_VARIABLES = frozenset({"SAMEBOAT_VECTORS", "SAMEBOAT_CHROMIUM", "SAMEBOAT_KILL_AT"})
KEY_BYTES = 32
Network = IPv4Network | IPv6Network
GatewayName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class BadSettings(Refusal):
    """The environment holds a value the program cannot start with."""

    code = "bad_settings"
    en = "The settings are wrong: {why}"
    zh = "设置有误：{why}"


class RunsOptimised(Refusal):
    """Python runs with -O, which would switch off our own assertions."""

    code = "runs_optimised"
    en = "Start Python without -O or PYTHONOPTIMIZE: the assertions are part of the safety."
    zh = "请不要用 -O 或 PYTHONOPTIMIZE 启动 Python：断言是安全措施的一部分。"


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    mode: Literal["demo", "production", "test"] = "demo"
    data_dir: Path = Field(default_factory=lambda: Path.cwd() / "data")
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL to use; empty: the embedded one in data_dir.",
    )
    keystore_url: SecretStr | None = Field(
        default=None,
        validation_alias="KEYSTORE_URL",
        description="sqlite:///<absolute path>; empty: keystore/keys.sqlite3 in data_dir.",
    )
    master_key_file: Path | None = Field(
        default=None, description="32 bytes in base64; empty: secrets/master.key in data_dir."
    )
    secret_key_file: Path | None = Field(
        default=None, description="Signs sessions; empty: secrets/django.key in data_dir."
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="Who shows it may read /metrics; empty: secrets/metrics.token in data_dir.",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "localhost")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the servers before this one, with commas between "
        "them: what they write into X-Forwarded-For is believed. Empty: nobody is.",
    )
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    language: Literal["zh-hans", "en"] = "zh-hans"
    help_phone: Annotated[str, Field(pattern=r"^[0-9+() -]{0,30}$")] = Field(
        default="", description="Whom members call; stands on every page. Empty: none is named."
    )
    record_origin: Annotated[str, Field(pattern=r"^\S+$")] = "sameboat.example/evidence/1"
    payment_gateway: GatewayName = "sandbox"
    messaging_gateway: GatewayName = "sandbox"
    identity_gateway: GatewayName = "sandbox"
    files_gateway: GatewayName = "folder"
    score_gateway: GatewayName = "sandbox"
    rate_limits: bool = Field(
        default=True,
        description="Limits on signing in and on the API; false only to build a demo, never in "
        "production.",
    )
    api_a_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=600, description="Requests that one access token may send to the API in a minute."
    )
    api_a_minute_for_strangers: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=300, description="The same for one address that shows no access token."
    )
    heartbeat_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        default=1.0, description="How often the worker looks for what is due by the clock."
    )
    heartbeat_rest: Annotated[float, Field(ge=0, le=100)] = Field(
        default=9.0,
        description="How many times as long as it took to look the worker rests from looking.",
    )
    settlement_engine: Literal["duckdb"] = "duckdb"
    insurer_name: Annotated[str, Field(max_length=80)] = Field(
        default="", description="The insurer that investigates, as members read it."
    )
    aided_retention_years: Annotated[int, Field(ge=0, le=30)] = Field(
        default=5,
        description="How long a mark of who was aided outlasts the erasure of the person.",
    )

    @field_validator("hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Lists are written with commas between their parts."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url", "keystore_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("data_dir", "master_key_file", "secret_key_file", "metrics_token_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.absolute()

    @model_validator(mode="after")
    def _check_together(self) -> Settings:
        if self.mode == "production" and "*" in self.hosts:
            raise ValueError("hosts may not be * in production")
        if self.mode == "production" and not self.rate_limits:
            raise ValueError("rate_limits may not be false in production")
        if self.database_url is not None:
            scheme = urlsplit(self.database_url.get_secret_value()).scheme
            if scheme not in ("postgresql", "postgres"):
                raise ValueError("DATABASE_URL must begin with postgresql://")
        if self.keystore_url is not None:
            url = urlsplit(self.keystore_url.get_secret_value())
            if url.scheme != "sqlite" or url.netloc or not url.path.startswith("/"):
                raise ValueError("KEYSTORE_URL must be sqlite:///<absolute path>")
        return self

    @property
    def keystore_path(self) -> Path:
        """The file of the key store."""
        if self.keystore_url is None:
            return self.data_dir / "keystore" / "keys.sqlite3"
        return Path(urlsplit(self.keystore_url.get_secret_value()).path)

    def master_key(self) -> bytes:
        """The 32 bytes under which every stored key is wrapped."""
        path = self.master_key_file or self.data_dir / "secrets" / "master.key"
        if not path.exists() and self.keystore_path.exists():
            raise BadSettings(
                why=f"{path} is missing, but there is a key store; put its master key back"
            )
        return self._secret(path)

    def secret_key(self) -> str:
        """What Django signs with."""
        path = self.secret_key_file or self.data_dir / "secrets" / "django.key"
        return base64.b64encode(self._secret(path)).decode()

    def metrics_token(self) -> str:
        """What a program shows that collects metrics."""
        path = self.metrics_token_file or self.data_dir / "secrets" / "metrics.token"
        return base64.b64encode(self._secret(path)).decode()

    def _secret(self, path: Path) -> bytes:
        """Read a key file; inside data_dir it is made on the first start, mode 0600."""
        if not path.exists():
            if not path.is_relative_to(self.data_dir):
                raise BadSettings(why=f"the key file {path} does not exist")
            _make_secret(path)
        try:
            key = base64.b64decode(path.read_text().strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise BadSettings(why=f"{path} must hold {KEY_BYTES} bytes in base64")
        return key


def _make_secret(path: Path) -> None:
    """Write fresh key bytes; of two processes that try at once, the first one's stay."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def read(environment: dict[str, str]) -> Settings:
    """Check `environment` for variables that do not exist, then parse the process's settings."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    known -= {"SAMEBOAT_DATABASE_URL", "SAMEBOAT_KEYSTORE_URL"}
    unknown = sorted(n for n in environment if n.upper().startswith(PREFIX) and n not in known)
    if unknown:
        raise BadSettings(why=f"no such setting: {', '.join(unknown)}")
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings(why="; ".join(_name_and_reason(error))) from None


def _name_and_reason(error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        field = str(item["loc"][0]) if item["loc"] else ""
        name = field if field.isupper() else PREFIX + field.upper()
        lines.append(f"{name}: {item['msg']}" if field else item["msg"])
    return lines


def refuse_optimised_python(optimize: int = sys.flags.optimize) -> None:
    """Refuse to run where `assert` does nothing."""
    if optimize:
        raise RunsOptimised()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    refuse_optimised_python()
    return read(dict(os.environ))
