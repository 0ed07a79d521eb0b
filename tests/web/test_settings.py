from __future__ import annotations

from pathlib import Path

import pytest

from web.settings import Settings, SettingsError, load_settings

PROJECT = Path(__file__).parents[2] / "config.yml"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_and_environment_everything_has_a_value(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.yml", {}) == Settings(
        data=Path("var"),
        port=8080,
        public_url="http://localhost:8080",
        database_url="sqlite:///var/motcua.db",
        encoder="nlu/models/e5-small-vi",
        staff_hours=None,
        embed_origins=(),
    )


def test_the_file_says_and_the_environment_overrides(tmp_path: Path) -> None:
    config = written(tmp_path, "recipe: x\nassistant:\n  port: 9000\n  data: /srv/a\n  staff_hours: 8 giờ đến 17 giờ\n")
    settings = load_settings(config, {"MOTCUA_PORT": "9001"})
    assert (settings.port, settings.data, settings.staff_hours) == (9001, Path("/srv/a"), "8 giờ đến 17 giờ")
    assert settings.database_url == "sqlite:////srv/a/motcua.db"
    assert settings.public_url == "http://localhost:9001"


def test_the_whole_name_in_lower_case_works_too(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "assistant: {motcua_port: 9000}"), {}).port == 9000


def test_an_empty_variable_is_no_variable(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.yml", {"MOTCUA_PORT": ""}).port == 8080


def test_origins_in_both_places(tmp_path: Path) -> None:
    config = written(tmp_path, 'assistant: {embed_origins: ["https://a.vn", "http://b.vn:81"]}')
    assert load_settings(config, {}).embed_origins == ("https://a.vn", "http://b.vn:81")
    environment = {"MOTCUA_EMBED_ORIGINS": "https://c.vn/, https://d.vn"}
    assert load_settings(config, environment).embed_origins == ("https://c.vn", "https://d.vn")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOTCUA_PORT", "many"),
        ("MOTCUA_PORT", "70000"),
        ("MOTCUA_PORT", "-1"),
        ("MOTCUA_PUBLIC_URL", "example.vn"),
        ("MOTCUA_PUBLIC_URL", "https://example.vn/path"),
        ("MOTCUA_EMBED_ORIGINS", "*"),
        ("MOTCUA_EMBED_ORIGINS", "https://a.vn;script-src *"),
        ("MOTCUA_EMBED_ORIGINS", "javascript://a.vn"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(tmp_path / "none.yml", {name: value})


@pytest.mark.parametrize("text", ["assistant: [a]", "assistant: {prot: 1}", "assistant: {telegram_token: x}", "a: ["])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"config\.yml"):
        load_settings(written(tmp_path, text), {})


def test_the_projects_own_file_is_right() -> None:
    assert load_settings(PROJECT, {}).port == 8080


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.yml", {"MOTCUA_PUBLIC_URL": "https://a.vn"}).secure
    assert not load_settings(tmp_path / "none.yml", {}).secure


def test_public_names_of_the_chat_services(tmp_path: Path) -> None:
    told = load_settings(tmp_path / "none.yml", {"TELEGRAM_BOT": "@motcua_bot", "ZALO_OA_ID": "1234567890"})
    assert (told.telegram_bot, told.zalo_oa) == ("motcua_bot", "1234567890")


@pytest.mark.parametrize(("name", "value"), [("TELEGRAM_BOT", "a b"), ("TELEGRAM_BOT", "x/y"), ("ZALO_OA_ID", "abc")])
def test_a_public_name_that_cannot_be_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(tmp_path / "none.yml", {name: value})


def test_an_address_that_nobody_set_follows_the_port(tmp_path: Path) -> None:
    asked = load_settings(tmp_path / "none.yml", {}).on_port(8411)
    assert (asked.port, asked.public_url) == (8411, "http://localhost:8411")
    own = load_settings(tmp_path / "none.yml", {"MOTCUA_PUBLIC_URL": "https://hoi.example.vn"}).on_port(8411)
    assert (own.port, own.public_url) == (8411, "https://hoi.example.vn")
