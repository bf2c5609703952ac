"""Settings: the environment read once into one frozen object, nonsense refused by name."""

import ipaddress
import os
import secrets
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


def templates() -> Path:
    """The templates: at the top of a checkout, inside the package once installed."""
    in_checkout = CHECKOUT / "templates"
    return in_checkout if in_checkout.is_dir() else Path(__file__).parent / "templates"


MINUTE = 60.0
HOUR = 60 * MINUTE
DEFAULT_BACKOFF = (
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    40 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    12 * HOUR,
    24 * HOUR,
)


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; they are looked for on the disk, which takes a while."""
    return frozenset(available_timezones())


class SettingsRefused(Exception):
    """The environment makes no sense; each line names the variable and what it must be."""


def _list_of(value: Any) -> Any:
    """Read `a, b` from the environment as a tuple; leave anything else alone."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Settings(BaseSettings):
    """What an installation decides. Every field is the variable `CAIRN_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CAIRN_", frozen=True, extra="ignore")

    base_url: str = "http://localhost:8000"
    """The tool's public address, without a path and without a trailing slash."""
    database_url: str = ""
    """SQLAlchemy URL, SQLite or PostgreSQL; a SQLite file in the data folder when empty."""
    data_dir: Path = Path("var")
    keys_dir: Path = Path()
    """Private keys; `keys/` in a checkout, else `<data>/keys`, when not given."""
    evidence_url: str = ""
    """`file:///…`: where uploaded evidence lies; a folder in the data folder when empty."""
    secret_key: SecretStr = SecretStr("")
    """Signs sessions and links; made and kept in the data folder when empty."""
    metrics_token: SecretStr = SecretStr("")
    """Bearer token for `/metrics`; without it only loopback may read them."""
    lti_http_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names or networks that platforms may use although plain http or private."""
    issuer_name: str = ""
    """Name of the installation's own badge issuer; the demonstration issuer's when empty."""
    issuer_email: str = "badges@example.org"
    timezone: str = "America/Chicago"
    """The zone dates are shown in where a page cannot know the reader's."""
    upload_limit: int = Field(default=25 * 1024 * 1024, ge=1024, le=5 * 1024**3)
    """Bytes one uploaded file may have."""
    visit_hours: float = Field(default=8.0, gt=0, le=24)
    """How long a visit lasts after its launch."""
    backoff: Annotated[tuple[float, ...], NoDecode] = DEFAULT_BACKOFF
    """Seconds to wait after each failed delivery of a score; after the last, a person is needed."""
    http_timeout: float = Field(default=5.0, gt=0, le=60)
    """Seconds an LMS may take to answer."""
    sweep_seconds: int = Field(default=60, ge=1, le=3600)
    """How often forgotten outbox rows are looked for."""
    key_rotation_days: int = Field(default=0, ge=0, le=3650)
    """How long the LTI key signs before the next one follows by itself; 0 for never."""
    key_stage_hours: float = Field(default=24.0, ge=1, le=24 * 60)
    """How long a new key is published before it signs; longer than platforms keep our key set."""
    key_keep_days: int = Field(default=30, ge=14, le=3650)
    """How long a retired LTI key stays published (T-138)."""
    launch_record_days: int = Field(default=90, ge=1, le=3650)
    """How long the record of a launch is kept."""
    score_maximum: Decimal = Field(default=Decimal(100), gt=0)
    """The maximum of a gradebook column Cairn makes where the program names none."""

    @field_validator("lti_http_allow", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return _list_of(value)

    @field_validator("lti_http_allow")
    @classmethod
    def _hosts_make_sense(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if "://" in entry:
                raise ValueError(f"{entry!r} must be a host name or a network, not an address")
            if "/" in entry:
                ipaddress.ip_network(entry, strict=False)
        return value

    @field_validator("backoff", mode="before")
    @classmethod
    def _waits(cls, value: Any) -> Any:
        return _list_of(value)

    @field_validator("backoff")
    @classmethod
    def _waits_make_sense(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or any(wait <= 0 for wait in value):
            raise ValueError("must be at least one wait, each above zero seconds")
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https address")
        if parts.path or parts.query or parts.fragment:
            raise ValueError(
                "must have no path and no trailing slash: /.well-known lies at the root of the host"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if value.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + value.split("://", 1)[1]
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must be a sqlite:/// or postgresql:// address")
        return value

    @field_validator("evidence_url")
    @classmethod
    def _evidence_url(cls, value: str) -> str:
        if value and not value.startswith("file:///"):
            raise ValueError("must be a file:/// address")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError("must be a zone such as America/Chicago")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters, or be absent")
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> "Settings":
        data = self.data_dir.resolve()
        put = object.__setattr__
        put(self, "data_dir", data)
        if not self.database_url:
            put(self, "database_url", f"sqlite:///{data / 'cairn.sqlite3'}")
        if not self.evidence_url:
            put(self, "evidence_url", (data / "evidence").as_uri())
        if self.keys_dir == Path():
            in_checkout = (CHECKOUT / "pyproject.toml").exists()
            put(self, "keys_dir", CHECKOUT / "keys" if in_checkout else data / "keys")
        put(self, "keys_dir", self.keys_dir.resolve())
        if not self.secret_key.get_secret_value():
            put(self, "secret_key", SecretStr(_kept_secret(self._secret_file)))
        return self

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """Read the environment.

        Raises:
            SettingsRefused: a value makes no sense; the message names each variable.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            lines = [
                f"CAIRN_{str(fault['loc'][0] if fault['loc'] else 'SETTINGS').upper()}: "
                f"{fault['msg'].removeprefix('Value error, ')}"
                for fault in error.errors()
            ]
            raise SettingsRefused("\n".join(lines)) from None

    def as_environment(self) -> dict[str, str]:
        """Every setting as the variable that another process reads it from, secrets included."""
        return {f"CAIRN_{name.upper()}": _as_text(value) for name, value in self}

    @property
    def _secret_file(self) -> Path:
        return self.data_dir / "secret-key"

    @property
    def secret_is_given(self) -> bool:
        """Whether the secret comes from outside, and does not lie beside what it would seal."""
        path = self._secret_file
        secret = self.secret_key.get_secret_value()
        return not (path.is_file() and path.read_text().strip() == secret)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded installation."""
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """Whether the public address is https, as it must be outside practice and tests."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """Host and port of the public address."""
        return urlsplit(self.base_url).netloc

    @property
    def zone(self) -> ZoneInfo:
        """The zone dates are shown in."""
        return ZoneInfo(self.timezone)


def _as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _kept_secret(path: Path) -> str:
    """The secret kept at `path`, made on first use; two processes at once agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # atomic, and fails where another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
