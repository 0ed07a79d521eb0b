"""`motcua qr`: QR codes and printable pages that open the chat on a procedure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import track

from bot.formatting import plain_name
from channels.deep_links import telegram_link, web_link, zalo_link
from nlu.text import fold
from web.console import Failure, errors, open_engine
from web.settings import Settings
from web.sheets import find

if TYPE_CHECKING:
    from knowledge.catalog import Catalog
    from knowledge.types import Procedure
    from web.posters import Card

CARDS_FILE, POSTERS_FILE = "the-qr.pdf", "to-dan.pdf"
_FEW = 20  # codes made before anybody could wonder whether something happens


@click.command()
@click.argument("codes", nargs=-1)
@click.option("--field", help='Cả một lĩnh vực, ví dụ "Hộ tịch" (thủ tục chung cả nước).')
@click.option("--all", "everything", is_flag=True, help="Mọi thủ tục chung cả nước đang công bố.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("ma-qr"),
    show_default=True,
    help="Thư mục để ghi; tệp cùng tên được ghi đè.",
)
@click.option("--format", "kind", type=click.Choice(["png", "svg", "pdf"]), help="png (mặc định), svg, hoặc pdf để in.")
@click.option(
    "--channel",
    type=click.Choice(["web", "telegram", "zalo"]),
    default="web",
    show_default=True,
    help="Mã mở trang hỏi đáp, bot Telegram (TELEGRAM_BOT) hay Zalo OA (ZALO_OA_ID).",
)
@click.option("--poster", is_flag=True, help="Mỗi thủ tục một tờ A4 để dán, thay vì thẻ nhỏ (pdf).")
@click.option("--title", default="", help='Tên nơi dùng, in ở đầu trang, ví dụ "UBND xã Bình An".')
@click.pass_obj
def qr(
    settings: Settings,
    codes: tuple[str, ...],
    field: str | None,
    everything: bool,
    out: Path,
    kind: str | None,
    channel: str,
    poster: bool,
    title: str,
) -> None:
    """Làm mã QR mở trang hỏi đáp đúng thủ tục, để in và dán: theo CODES, cả lĩnh vực, hoặc tất cả."""
    if sum((bool(codes), field is not None, everything)) != 1:
        raise click.UsageError('chọn một cách: mã thủ tục (1.001193 …), --field "Hộ tịch", hoặc --all.')
    if poster and kind not in (None, "pdf"):
        raise click.UsageError("--poster làm tờ in PDF; bỏ --format hoặc ghi --format pdf.")
    from knowledge.catalog import Catalog
    from knowledge.starter import ensure_starter

    engine = open_engine(settings)
    ensure_starter(engine)
    catalog = Catalog(engine)
    chosen = _named(catalog, codes) if codes else _national(catalog, field)
    address = _address(settings, channel)
    cards = [_card(procedure, address, channel) for procedure in chosen]
    heading = title or field or ""
    try:
        out.mkdir(parents=True, exist_ok=True)
        made = _print(cards, out, heading, poster) if poster or kind == "pdf" else _draw(cards, out, kind or "png")
    except OSError as error:
        raise Failure(f"không ghi được vào {out} ({error}). Chọn thư mục khác: --out THƯ_MỤC") from error
    errors.print(f"Đã ghi {made}.", markup=False)


def _address(settings: Settings, channel: str) -> Callable[[str], str]:
    """Return what makes the address of a procedure in a channel. Raises Failure when the channel has no public name."""
    if channel == "telegram":
        if not settings.telegram_bot:
            raise Failure("chưa biết tên bot. Đặt TELEGRAM_BOT, ví dụ: TELEGRAM_BOT=motcua_bot")
        return lambda code: telegram_link(settings.telegram_bot, code)
    if channel == "zalo":
        if not settings.zalo_oa:
            raise Failure("chưa biết số của Zalo OA. Đặt ZALO_OA_ID, ví dụ: ZALO_OA_ID=1234567890123456789")
        return lambda _code: zalo_link(settings.zalo_oa)
    if not settings.secure:
        errors.print(
            f"Lưu ý: mã sẽ mở {settings.public_url}. Đặt MOTCUA_PUBLIC_URL là địa chỉ https mà người dân vào được."
        )
    return lambda code: web_link(settings.public_url, code)


def _card(procedure: Procedure, address: Callable[[str], str], channel: str) -> Card:
    from web.posters import Card

    # A link to an Official Account carries no procedure: the person says which.
    hint = f"Nhắn số {procedure.code}" if channel == "zalo" else ""
    return Card(procedure.code, plain_name(procedure.name), address(procedure.code), hint)


def _named(catalog: Catalog, codes: Sequence[str]) -> list[Procedure]:
    found = {code: find(catalog.get, code) for code in dict.fromkeys(codes)}
    missing = [code for code, procedure in found.items() if procedure is None]
    if missing:
        raise Failure(f"danh mục không công bố thủ tục mã {', '.join(missing)}. Xem lại mã, hoặc nạp danh mục trước.")
    return list({procedure.code: procedure for procedure in found.values() if procedure}.values())


def _national(catalog: Catalog, field: str | None) -> list[Procedure]:
    """Return all national procedures, or those of a field; a province's own are named by code."""
    fields: set[str] = set()
    chosen = []
    for procedure in catalog.published():
        fields |= set(procedure.fields)
        if procedure.scope == "national" and (field is None or fold(field) in map(fold, procedure.fields)):
            chosen.append(procedure)
    if not chosen:
        near = get_close_matches(field or "", sorted(fields), n=3, cutoff=0.4)
        raise Failure(f"không có lĩnh vực “{field}”." + (f" Gần giống: {', '.join(near)}." if near else ""))
    return chosen


def _draw(cards: Sequence[Card], out: Path, kind: str) -> str:
    from web.qr import qr_png, qr_svg_file

    draw = qr_png if kind == "png" else qr_svg_file
    for card in _shown(cards):
        (out / f"{card.code}.{kind}").write_bytes(draw(card.address))
    return f"{len(cards)} mã vào {out}"


def _print(cards: Sequence[Card], out: Path, title: str, poster: bool) -> str:
    from web.posters import card_pages, posters

    file = out / (POSTERS_FILE if poster else CARDS_FILE)
    file.write_bytes((posters if poster else card_pages)(_shown(cards), title))
    return f"{len(cards)} mã vào {file}"


def _shown(cards: Sequence[Card]) -> Iterator[Card]:
    """Yield the cards, with a bar on the terminal when there are many."""
    yield from track(cards, "Làm mã", console=errors, transient=True, disable=len(cards) <= _FEW)
