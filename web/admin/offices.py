"""Offices where citizens hand in: list by province and commune, adding, mending, taking out of use and back."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from knowledge.importers.offices import write_template
from knowledge.offices import Office, OfficeBook
from knowledge.places import Places, load_places
from knowledge.unit_types import Commune, Province, Unit
from nlu.text import fold
from storage.audit import note
from web.admin.office_form import LABELS, LONGEST, OfficeForm, form_of, read_form
from web.admin.paging import cut, page_number
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, READERS, STAFF, guarded

PATH = "/admin/offices"
_REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: an office and the unit it is of."""

    office: Office
    unit: Unit
    province: Province


def set_up(app: web.Application) -> None:
    """Give the application the pages of the offices."""
    app.add_routes(
        [
            guarded("GET", PATH, _list, READERS),
            guarded("GET", f"{PATH}/template.{{kind:csv|xlsx}}", _template, EDITORS),
            guarded("GET", f"{PATH}/communes", _communes, READERS),
            guarded("GET", f"{PATH}/new", _new, EDITORS),
            guarded("POST", f"{PATH}/new", _add, EDITORS),
            guarded("GET", f"{PATH}/edit", _edit, EDITORS),
            guarded("POST", f"{PATH}/edit", _change, EDITORS),
            guarded("POST", f"{PATH}/remove", _remove, EDITORS),
            guarded("POST", f"{PATH}/restore", _restore, EDITORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    query = {name: request.query.get(name, "").strip() for name in ("q", "province", "unit", "state")}
    places, book = load_places(), _book(request)
    offices = await asyncio.to_thread(book.removed if query["state"] == _REMOVED else book.all)
    rows = [row for office in offices if (row := _row(office, places)) and _fits(row, query)]
    within = places.provinces.get(query["province"])
    served = {row.unit.code for row in rows if isinstance(row.unit, Commune)}
    kept = urlencode({name: value for name, value in query.items() if value})
    return render(
        request,
        "offices.html",
        rows=cut(rows, page_number(request), kept),
        query=query,
        total=len(offices),
        provinces=_provinces(places),
        communes=_communes_of(places, query["province"]),
        within=within,
        served=len(served),
        may_write=request[STAFF].role in EDITORS,
    )


def _row(office: Office, places: Places) -> Row | None:
    unit, province = places.get(office.unit), places.province_of(office.unit)
    return Row(office, unit, province) if unit and province else None


def _fits(row: Row, query: Mapping[str, str]) -> bool:
    text = fold(f"{row.office.name} {row.office.address} {row.unit.name} {row.province.name} {row.office.unit}")
    return (
        query["province"] in ("", row.province.code)
        and query["unit"] in ("", row.office.unit)
        and all(word in text for word in fold(query["q"]).split())
    )


async def _template(request: web.Request) -> web.Response:
    """Return the empty table to fill in."""
    kind = request.match_info["kind"]

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"noi-nhan-ho-so.{kind}"
            write_template(path)
            return path.read_bytes()

    headers = {"Content-Disposition": f'attachment; filename="noi-nhan-ho-so.{kind}"'}
    return web.Response(body=await asyncio.to_thread(make), headers=headers, content_type="application/octet-stream")


async def _communes(request: web.Request) -> web.Response:
    """Return the units of a province, for the field that chooses one."""
    units = _communes_of(load_places(), request.query.get("province", ""))
    return web.json_response({"communes": [{"code": unit.code, "name": unit.name} for unit in units]})


async def _new(request: web.Request) -> web.Response:
    return _form(request, OfficeForm({"province": request.query.get("province", "")}))


async def _add(request: web.Request) -> web.Response:
    form = read_form(await request.post(), load_places())
    if form.office is None:
        return _form(request, form, status=422)
    office, book = form.office, _book(request)
    if any(held.name == office.name for held in await asyncio.to_thread(book.at, office.unit)):
        taken = OfficeForm(
            form.values, {"ten": "Đơn vị này đã có nơi nộp cùng tên. Mở nơi đó ra sửa, hoặc đặt tên khác."}
        )
        return _form(request, taken, status=409)
    await asyncio.to_thread(book.put, [office])
    await _note(request, "add", office, "")
    return back(request, f"{PATH}?unit={office.unit}", f"Đã thêm {office.name}.")


async def _edit(request: web.Request) -> web.Response:
    office = await _found(request, request.query)
    return _form(request, form_of(office), office)


async def _change(request: web.Request) -> web.Response:
    held = await _found(request, request.query)
    form = read_form(await request.post(), load_places())
    if form.office is None:
        return _form(request, form, held, status=422)
    office, book = form.office, _book(request)
    others = [one for one in await asyncio.to_thread(book.at, office.unit) if one != held]
    if any(other.name == office.name for other in others):
        taken = OfficeForm(form.values, {"ten": "Đơn vị này đã có nơi nộp cùng tên."})
        return _form(request, taken, held, status=409)
    await asyncio.to_thread(book.change, held.unit, held.name, office)
    await _note(request, "change", office, _changed(held, office))
    return back(request, f"{PATH}?unit={office.unit}", f"Đã sửa {office.name}.")


async def _remove(request: web.Request) -> web.Response:
    office = await _found(request, await request.post())
    await asyncio.to_thread(_book(request).remove, office.unit, office.name)
    await _note(request, "remove", office, "")
    kept = urlencode({"state": _REMOVED, "unit": office.unit})
    return back(request, f"{PATH}?{kept}", f"Đã bỏ {office.name}. Bỏ nhầm thì bấm Dùng lại.")


async def _restore(request: web.Request) -> web.Response:
    posted = await request.post()
    unit, name = str(posted.get("unit", "")), str(posted.get("name", ""))
    if not await asyncio.to_thread(_book(request).restore, unit, name):
        raise web.HTTPNotFound
    await asyncio.to_thread(note, _engine(request), "office.restore", f"{unit} {name}", request[STAFF].login, "")
    return back(request, f"{PATH}?unit={unit}", f"{name} được dùng lại.")


def _form(request: web.Request, form: OfficeForm, held: Office | None = None, status: int = 200) -> web.Response:
    places, unit = load_places(), form.values.get("ma_don_vi", "")
    province = places.province_of(unit) or places.provinces.get(form.values.get("province", ""))
    return render(
        request,
        "office_edit.html",
        status,
        form=form,
        held=held,
        labels=LABELS,
        longest=LONGEST,
        province=province,
        provinces=_provinces(places),
        communes=_communes_of(places, province.code if province else ""),
    )


async def _found(request: web.Request, told: Mapping[str, object]) -> Office:
    """Return the office in use that is named. Raises HTTPNotFound."""
    unit, name = str(told.get("unit", "")), str(told.get("name", ""))
    offices = await asyncio.to_thread(_book(request).at, unit)
    found = next((office for office in offices if office.name == name), None)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _note(request: web.Request, deed: str, office: Office, reason: str) -> None:
    subject = f"{office.unit} {office.name}"
    await asyncio.to_thread(note, _engine(request), f"office.{deed}", subject, request[STAFF].login, reason)


def _changed(before: Office, after: Office) -> str:
    """Return in words what an edit changed, for the audit."""
    old, new = form_of(before).values, form_of(after).values
    return "; ".join(f"{LABELS[name]}: {old[name]} → {new[name]}" for name in LABELS if old[name] != new[name])


def _provinces(places: Places) -> list[Province]:
    return sorted(places.provinces.values(), key=lambda province: fold(province.short))


def _communes_of(places: Places, province: str) -> list[Commune]:
    found = (unit for unit in places.communes.values() if unit.province.code == province)
    return sorted(found, key=lambda unit: fold(unit.name))


def _book(request: web.Request) -> OfficeBook:
    return OfficeBook(_engine(request))


def _engine(request: web.Request) -> Engine:
    return request.app[ENGINE]
