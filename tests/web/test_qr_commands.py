from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image

from web.cli import main

ENVIRONMENT = {
    "MOTCUA_PUBLIC_URL": "https://hoi.example.gov.vn",
    "TELEGRAM_BOT": "@motcua_bot",
    "ZALO_OA_ID": "1234567890",
    "DATABASE_URL": "",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("qr")


def run(data: Path, *arguments: str, **environment: str) -> Result:
    told = ENVIRONMENT | {"MOTCUA_DATA": str(data)} | environment
    return CliRunner().invoke(main, ["qr", *arguments], env=told, catch_exceptions=False)


def read(file: Path) -> str:
    return zxingcpp.read_barcodes(Image.open(file))[0].text


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("web", "https://hoi.example.gov.vn/?p=1.001193"),
        ("telegram", "https://t.me/motcua_bot?start=p-1_001193"),
        ("zalo", "https://zalo.me/1234567890"),
    ],
)
def test_the_code_opens_the_procedure_in_the_channel(data: Path, tmp_path: Path, channel: str, address: str) -> None:
    done = run(data, "1.001193", "--channel", channel, "--out", str(tmp_path / "new"))
    assert done.exit_code == 0, done.output
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["1.001193.png"]
    assert read(tmp_path / "new" / "1.001193.png") == address


def test_a_provinces_code_and_a_code_named_twice_make_one(data: Path, tmp_path: Path) -> None:
    codes = ("1.001193.000.00.00.H35", "1.001193", "2.000635")
    assert run(data, *codes, "--format", "svg", "--out", str(tmp_path)).exit_code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1.001193.svg", "2.000635.svg"]


def test_a_whole_field_on_pages_to_print(data: Path, tmp_path: Path) -> None:
    done = run(data, "--field", "ho tich", "--format", "pdf", "--title", "UBND xã Bình An", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    document = pypdfium2.PdfDocument(tmp_path / "the-qr.pdf")
    found = {code.text for page in document for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())}
    assert {"https://hoi.example.gov.vn/?p=1.001193", "https://hoi.example.gov.vn/?p=1.000894"} <= found
    assert str(len(found)) in done.output
    assert "UBND xã Bình An" in document[0].get_textpage().get_text_bounded()


def test_posters_are_pdf_by_themselves(data: Path, tmp_path: Path) -> None:
    assert run(data, "1.001193", "2.000635", "--poster", "--out", str(tmp_path)).exit_code == 0
    assert len(pypdfium2.PdfDocument(tmp_path / "to-dan.pdf")) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "chọn một cách"),
        (("1.001193", "--all"), 2, "chọn một cách"),
        (("1.001193", "--poster", "--format", "png"), 2, "--poster"),
        (("1.001193", "9.999999"), 1, "9.999999"),
        (("--field", "Hộ tich z"), 1, "Gần giống: Hộ tịch"),
    ],
)
def test_what_cannot_be_made_is_told_with_what_to_do(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = run(data, *arguments, "--out", str(tmp_path))
    assert done.exit_code == status
    assert words in " ".join(done.output.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("channel", "name"), [("telegram", "TELEGRAM_BOT"), ("zalo", "ZALO_OA_ID")])
def test_a_channel_without_a_public_name_says_which_setting(
    data: Path, tmp_path: Path, channel: str, name: str
) -> None:
    done = run(data, "1.001193", "--channel", channel, "--out", str(tmp_path), **{name: ""})
    assert done.exit_code == 1
    assert name in done.output


def test_a_folder_that_is_a_file_is_no_crash(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run(data, "1.001193", "--out", str(tmp_path / "file" / "below"))
    assert done.exit_code == 1
    assert "--out" in done.output


def test_codes_for_this_machine_only_are_warned_of(data: Path, tmp_path: Path) -> None:
    done = run(data, "1.001193", "--out", str(tmp_path), MOTCUA_PUBLIC_URL="http://localhost:8080")
    assert done.exit_code == 0
    assert "MOTCUA_PUBLIC_URL" in done.output
