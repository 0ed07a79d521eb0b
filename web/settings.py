"""The settings of a running system: `config.yml`, section `assistant:`, overridden by the environment.

A setting in the file has the environment variable's name in lower case; `motcua_` may be left out there (design,
section 4). Secrets are read from the environment only, so the file knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from channels import telegram_settings, zalo_settings
from channels.addresses import Network
from channels.deep_links import telegram_link, zalo_link
from channels.rates import Rates
from channels.telegram_settings import TelegramSettings
from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from channels.zalo_signature import Candidate

NAMES = (
    "DATABASE_URL",
    "MOTCUA_DATA",
    "MOTCUA_DESK_LIMIT",
    "MOTCUA_CHANNEL_RATE",
    "MOTCUA_EMBED_ORIGINS",
    "MOTCUA_ENCODER",
    "MOTCUA_OPENING_RATE",
    "MOTCUA_PERSON_RATE",
    "MOTCUA_PORT",
    "MOTCUA_PUBLIC_URL",
    "MOTCUA_SECRET",
    "MOTCUA_STAFF_HOURS",
    "MOTCUA_TRUSTED_PROXIES",
    "PORTAL_BASE",
    "PORTAL_RATE",
    "TELEGRAM_API_BASE",
    "TELEGRAM_BOT",
    "TELEGRAM_SECRET",
    "TELEGRAM_TOKEN",
    "ZALO_API_BASE",
    "ZALO_APP_ID",
    "ZALO_APP_SECRET",
    "ZALO_BOT_API_BASE",
    "ZALO_BOT_SECRET",
    "ZALO_BOT_TOKEN",
    "ZALO_OAUTH_BASE",
    "ZALO_OA_ID",
    "ZALO_OA_SECRET",
    "ZALO_REFRESH_TOKEN",
    "ZALO_SIGNATURE",
    "ZALO_VERIFIER",
)
SECRETS = frozenset(
    {
        "MOTCUA_SECRET",
        "TELEGRAM_SECRET",
        "TELEGRAM_TOKEN",
        "ZALO_APP_SECRET",
        "ZALO_BOT_SECRET",
        "ZALO_BOT_TOKEN",
        "ZALO_OA_SECRET",
        "ZALO_REFRESH_TOKEN",
    }
)
"""Read from the environment only."""
SECRET_LENGTH = 32
PORTAL_BASE = "https://dichvucong.gov.vn"
PORTAL_RATE = 2.0  # calls a second
DESK_LIMIT = 5  # minutes


class SettingsError(ValueError):
    """A setting is missing or wrong; the message says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to another.

    `data` is the folder for database, index and logs. `public_url` is the address citizens open, without a slash at
    the end. `embed_origins` are the sites, besides our own, that may show the chat in a frame. `staff_hours` says in
    words when staff look at tickets; None: nobody does. `desk_limit` is after how many minutes of waiting the desk
    shows somebody in red. `telegram_bot` and `zalo_oa` are the public names by which citizens find us there (a bot's
    name, an account's number), for links and QR codes; empty: no such link.
    `portal_base` is the national portal's address, `portal_rate` how many calls a second are made to it. `rates` are
    the limits of channels; only `trusted_proxies` are believed when they say for whom they ask. `secret` seals what
    waits in the inbox; empty: a secret kept in the data folder does.
    """

    data: Path
    port: int
    public_url: str
    database_url: str
    encoder: str
    staff_hours: str | None = None
    desk_limit: int = DESK_LIMIT
    embed_origins: tuple[str, ...] = ()
    telegram: TelegramSettings | None = None
    zalo: ZaloSettings | None = None
    zalo_bot: ZaloBotSettings | None = None
    telegram_bot: str = ""
    zalo_oa: str = ""
    portal_base: str = PORTAL_BASE
    portal_rate: float = PORTAL_RATE
    rates: Rates = Rates()  # noqa: RUF009 - frozen
    trusted_proxies: tuple[Network, ...] = ()
    secret: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether citizens come by HTTPS, so that cookies must not travel otherwise."""
        return self.public_url.startswith("https:")

    def on_port(self, port: int) -> Settings:
        """Return these settings for another port, which the address follows unless one was set."""
        follows = self.public_url == f"http://localhost:{self.port}"
        return replace(self, port=port, public_url=f"http://localhost:{port}" if follows else self.public_url)


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
        desk_limit=_minutes(values["MOTCUA_DESK_LIMIT"] or DESK_LIMIT),
        embed_origins=_origins(values["MOTCUA_EMBED_ORIGINS"] or ()),
        telegram=_telegram(values),
        zalo=_zalo(values),
        zalo_bot=_zalo_bot(values),
        telegram_bot=_public_name("TELEGRAM_BOT", values, telegram_link),
        zalo_oa=_public_name("ZALO_OA_ID", values, zalo_link),
        portal_base=_origin("PORTAL_BASE", str(values["PORTAL_BASE"] or PORTAL_BASE)),
        portal_rate=_rate(values["PORTAL_RATE"] or PORTAL_RATE),
        rates=_rates(values),
        trusted_proxies=_networks(values["MOTCUA_TRUSTED_PROXIES"] or ()),
        secret=_secret(str(values["MOTCUA_SECRET"] or "")),
    )


def _secret(told: str) -> str:
    if told and len(told) < SECRET_LENGTH:
        raise SettingsError(f"MOTCUA_SECRET has fewer than {SECRET_LENGTH} characters; make one: openssl rand -hex 32")
    return told


def _telegram(values: Mapping[str, object]) -> TelegramSettings | None:
    """Return the Telegram bot that is set up; None without its token."""
    told = {name: str(value or "") for name, value in values.items()}
    if not told["TELEGRAM_TOKEN"]:
        return None
    if told["MOTCUA_PUBLIC_URL"].startswith("https:") and not told["TELEGRAM_SECRET"]:
        raise SettingsError(
            "TELEGRAM_SECRET is missing: at an https address Telegram delivers to us, and without the secret anybody "
            "could; make one with: openssl rand -hex 32"
        )
    with _plain():
        base = told["TELEGRAM_API_BASE"] or telegram_settings.API_BASE
        return TelegramSettings(told["TELEGRAM_TOKEN"], told["TELEGRAM_SECRET"], base)


def _zalo(values: Mapping[str, object]) -> ZaloSettings | None:
    """Return the Official Account that is set up; None without an app."""
    told = {name: str(value or "") for name, value in values.items()}
    if not told["ZALO_APP_ID"]:
        return None
    if told["ZALO_SIGNATURE"] and told["ZALO_SIGNATURE"] not in set(Candidate):
        raise SettingsError(f"ZALO_SIGNATURE must be one of {', '.join(Candidate)}")
    with _plain():
        return ZaloSettings(
            app_id=told["ZALO_APP_ID"],
            app_secret=told["ZALO_APP_SECRET"],
            oa_secret=told["ZALO_OA_SECRET"],
            refresh_token=told["ZALO_REFRESH_TOKEN"],
            api_base=told["ZALO_API_BASE"] or zalo_settings.API_BASE,
            oauth_base=told["ZALO_OAUTH_BASE"] or zalo_settings.OAUTH_BASE,
            verifier=told["ZALO_VERIFIER"],
            signature=Candidate(told["ZALO_SIGNATURE"]) if told["ZALO_SIGNATURE"] else None,
        )


def _zalo_bot(values: Mapping[str, object]) -> ZaloBotSettings | None:
    """Return the bot of the Zalo Bot Platform that is set up; None without its token."""
    told = {name: str(value or "") for name, value in values.items()}
    if not told["ZALO_BOT_TOKEN"]:
        return None
    with _plain():
        base = told["ZALO_BOT_API_BASE"] or zalo_settings.BOT_API_BASE
        return ZaloBotSettings(told["ZALO_BOT_TOKEN"], told["ZALO_BOT_SECRET"], base)


def _public_name(name: str, values: Mapping[str, object], link: Callable[[str], str]) -> str:
    """Return a name by which citizens find us in a service, without "@"; `link` refuses one that cannot be."""
    told = str(values[name] or "").removeprefix("@")
    if told:
        try:
            link(told)
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from error
    return told


@contextmanager
def _plain() -> Iterator[None]:
    """Turn what a channel says against its settings into an error of the settings."""
    try:
        yield
    except ValueError as error:
        raise SettingsError(str(error)) from error


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
        if name in NAMES and name not in SECRETS:
            return name
    known = ", ".join(sorted(name.removeprefix("MOTCUA_").lower() for name in NAMES if name not in SECRETS))
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


def _minutes(value: object) -> int:
    """Return minutes, from 1 to a day."""
    told = str(value)
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= 1440):
        raise SettingsError(f"MOTCUA_DESK_LIMIT is {value!r}; write minutes such as 5")
    return int(told)


def _rate(value: object) -> float:
    """Return calls a second, above 0 and at most 50."""
    try:
        rate = float(str(value))
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 50:
        raise SettingsError(f"PORTAL_RATE is {value!r}; write calls a second such as 2 or 0.5")
    return rate


def _rates(values: Mapping[str, object]) -> Rates:
    """Return the limits, each at least 1."""
    known, found = Rates(), {}
    for name, usual in (
        ("MOTCUA_PERSON_RATE", known.person_per_minute),
        ("MOTCUA_CHANNEL_RATE", known.channel_per_second),
        ("MOTCUA_OPENING_RATE", known.openings_per_minute),
    ):
        try:
            found[name] = float(str(values[name] or usual))
        except ValueError:
            found[name] = 0.0
        if not 1 <= found[name] <= 1_000_000:
            raise SettingsError(f"{name} is {values[name]!r}; write a number from 1, such as {usual:g}")
    return Rates(*found.values())


def _networks(value: object) -> tuple[Network, ...]:
    """Return networks from a list (file) or from words parted by commas or blanks (environment)."""
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        return tuple(ip_network(str(name)) for name in names)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"MOTCUA_TRUSTED_PROXIES is {value!r}; write addresses or networks such as 127.0.0.1 or 10.0.0.0/24"
        ) from error


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
