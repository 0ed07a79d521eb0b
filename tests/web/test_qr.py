from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from web.qr import QUIET, qr_matrix, qr_png, qr_svg, qr_svg_file

ADDRESSES = [
    "https://hoi.example.gov.vn/?p=1.001193",
    "https://t.me/motcua_binhan_bot?start=p-1_001193",
    "https://zalo.me/1234567890123456789",
    "https://hoidap-thutuchanhchinh.thanhphohochiminh.gov.vn/?p=2.000575.000.00.00.H35",
]


def read_back(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def drawn(path: str, side: int, scale: int = 8) -> Image.Image:
    """Draw the path of an SVG by segno: runs of squares, `h` to the right, `m` without a line."""
    image = Image.new("L", (side * scale, side * scale), 255)
    pen = ImageDraw.Draw(image)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "h":
            pen.rectangle([x * scale, (y - 0.5) * scale, (x + values[0]) * scale - 1, (y + 0.5) * scale - 1], fill=0)
            x += values[0]
        elif command == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    return image


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_png_reads_back(address: str) -> None:
    assert read_back(Image.open(io.BytesIO(qr_png(address)))) == [address]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_svg_reads_back(address: str) -> None:
    root = ElementTree.fromstring(qr_svg_file(address))
    dark = [node.attrib["d"] for node in root.iter() if "stroke" in node.attrib]
    side = len(qr_matrix(address)) + 2 * QUIET
    assert read_back(drawn(dark[0], side)) == [address]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_one_in_a_page_is_the_same_without_size_or_style(address: str) -> None:
    inside = qr_svg(address)
    root = ElementTree.fromstring(inside)
    assert "style" not in inside
    assert root.attrib.keys() == {"viewBox", "class"}
    dark = [node.attrib["d"] for node in root if "stroke" in node.attrib]
    assert read_back(drawn(dark[0], len(qr_matrix(address)) + 2 * QUIET)) == [address]


def test_a_torn_code_still_reads() -> None:
    image = Image.open(io.BytesIO(qr_png(ADDRESSES[0]))).convert("L")
    side = image.width
    ImageDraw.Draw(image).rectangle([side * 0.6, side * 0.6, side * 0.7, side * 0.72], fill=255)
    assert read_back(image) == [ADDRESSES[0]]
