"""The settings of a running system: `config.yml`, section `assistant:`, overridden by the environment.

A setting in the file has the environment variable's name in lower case; `motcua_` may be left out there (design,
section 4). Secrets are read from the environment only, so the file knows none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

NAMES = (
    "DATABASE_URL",
    "MOTCUA_DATA",
    "MOTCUA_EMBED_ORIGINS",
    "MOTCUA_ENCODER",
    "MOTCUA_PORT",
    "MOTCUA_PUBLIC_URL",
    "MOTCUA_STAFF_HOURS",
)


class SettingsError(ValueError):
    """A setting is missing or wrong; the message says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to another.

    `data` is the folder for database, index and logs. `public_url` is the address citizens open, without a slash at
    the end. `embed_origins` are the sites, besides our own, that may show the chat in a frame. `staff_hours` says in
    words when staff look at tickets; None: nobody does.
    """

    data: Path
    port: int
    public_url: str
    database_url: str
    encoder: str
    staff_hours: str | None = None
    embed_origins: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether citizens come by HTTPS, so that cookies must not travel otherwise."""
        return self.public_url.startswith("https:")


def load_settings(config: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of `config` and `environ`; raise SettingsError for one that cannot be used."""
    written = _section(config)
    values = {name: environ.get(name) or written.get(name) for name in NAMES}
    data = Path(str(values["MOTCUA_DATA"] or "var"))
    port = _port(values["MOTCUA_PORT"] or 8080)
    return Settings(
        data=data,
        port=port,
        public_url=_origin("MOTCUA_PUBLIC_URL", str(values["MOTCUA_PUBLIC_URL"] or f"http://localhost:{port}")),
        database_url=str(values["DATABASE_URL"] or f"sqlite:///{data / 'motcua.db'}"),
        encoder=str(values["MOTCUA_ENCODER"] or "nlu/models/e5-small-vi"),
        staff_hours=str(values["MOTCUA_STAFF_HOURS"]) if values["MOTCUA_STAFF_HOURS"] else None,
        embed_origins=_origins(values["MOTCUA_EMBED_ORIGINS"] or ()),
    )


def _section(config: Path) -> dict[str, object]:
    """Return the `assistant:` section by environment name, or nothing where there is no file or no section."""
    if not config.exists():
        return {}
    try:
        whole = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"{config} is not valid YAML: {error}") from error
    section = whole.get("assistant") or {}
    if not isinstance(section, dict):
        raise SettingsError(f"{config}: `assistant:` must hold `name: value` lines")
    return {_variable(config, str(key)): value for key, value in section.items()}


def _variable(config: Path, key: str) -> str:
    """Return the environment name of a key in the file; a key nobody reads is a typing error or a secret."""
    for name in (key.upper(), f"MOTCUA_{key.upper()}"):
        if name in NAMES:
            return name
    known = ", ".join(sorted(name.removeprefix("MOTCUA_").lower() for name in NAMES))
    raise SettingsError(f"{config}: no setting is called {key!r} here; known are {known} (secrets: environment only)")


def _port(value: object) -> int:
    """Return a TCP port between 0 (any free one) and 65535."""
    try:
        port = int(str(value))
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise SettingsError(f"MOTCUA_PORT is {value!r}; write a number such as 8080")
    return port


def _origins(value: object) -> tuple[str, ...]:
    """Return origins from a list (file) or from words parted by commas or blanks (environment)."""
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        raise SettingsError("MOTCUA_EMBED_ORIGINS must be a list of addresses such as https://xa.example.gov.vn")
    return tuple(_origin("MOTCUA_EMBED_ORIGINS", str(name)) for name in names)


def _origin(name: str, value: str) -> str:
    """Return scheme and host; anything else could smuggle words into a response header."""
    parts = urlsplit(value)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or value.rstrip("/") != origin or _unsafe(origin):
        raise SettingsError(f"{name} is {value!r}; write scheme and host only, such as https://example.gov.vn")
    return origin


def _unsafe(origin: str) -> bool:
    return any(not character.isprintable() or character in " ;,'\"" for character in origin)
