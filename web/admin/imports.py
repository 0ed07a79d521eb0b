"""Importing a file in the browser: send it, see what it would change, confirm with a reason, watch it done."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import BodyPartReader, web

from knowledge.importers.templates import write_template
from web.admin.import_kinds import KINDS
from web.admin.paging import cut, page_number
from web.admin.plan import TITLES, held_fates
from web.admin.uploads import LARGEST, Stage, Unfit, Upload, Uploads
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, STAFF, guarded

PATH = "/admin/import"
UPLOADS = web.AppKey("uploads", Uploads)
_ONE = f"{PATH}/{{id:[0-9a-f]{{16}}}}"
_LONGEST_SEND_S = 900.0
_CHUNK = 256 * 1024
_SWEPT_EVERY_S = 3600.0
_LONGEST_REASON = 500
_FIELD_BYTES = 1_024  # of a field beside the file; less than a boundary cannot be asked for


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application the pages of importing."""
    app[UPLOADS] = Uploads(settings.data / "uploads", app[ENGINE])
    app.cleanup_ctx.append(_sweeping)
    app.add_routes(
        [
            guarded("GET", PATH, _start, EDITORS),
            guarded("POST", PATH, _send, EDITORS),
            guarded("GET", f"{PATH}/template.{{kind:csv|xlsx}}", _template, EDITORS),
            guarded("GET", _ONE, _show, EDITORS),
            guarded("GET", f"{_ONE}/state", _state, EDITORS),
            guarded("POST", f"{_ONE}/confirm", _confirm, EDITORS),
            guarded("POST", f"{_ONE}/drop", _drop, EDITORS),
        ]
    )


async def _start(request: web.Request) -> web.Response:
    uploads = await asyncio.to_thread(request.app[UPLOADS].all)
    chosen = request.query.get("kind", "")
    return render(
        request,
        "import.html",
        uploads=uploads,
        kinds=KINDS,
        chosen=chosen if chosen in KINDS else "procedures",
        largest=LARGEST // 1_000_000,
    )


async def _send(request: web.Request) -> web.Response:
    """Take a file piece by piece to disk and begin to read it; answers a script with where to look."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPBadRequest
    try:
        async with asyncio.timeout(_LONGEST_SEND_S):
            upload = await _received(request)
    except Unfit as error:
        return web.json_response({"error": {"code": "unfit", "message": str(error)}}, status=422)
    except TimeoutError:
        words = "Tải lên quá lâu nên đã dừng. Kiểm tra đường truyền rồi thử lại."
        return web.json_response({"error": {"code": "timeout", "message": words}}, status=408)
    return web.json_response({"url": f"{PATH}/{upload.id}"}, status=201)


async def _received(request: web.Request) -> Upload:
    """Store the file of a request. Raises Unfit; a file that did not come whole leaves nothing."""
    kind = ""
    uploads = request.app[UPLOADS]
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            break
        if part.name == "kind":
            kind = (await part.read_chunk(_FIELD_BYTES)).decode("ascii", "replace")
        elif part.name == "file":
            author = request[STAFF].login
            upload, path = await asyncio.to_thread(uploads.open, kind, part.filename or "", author)
            try:
                size = await _stored(part, path)
            except BaseException:
                await asyncio.to_thread(uploads.abandon, upload)
                raise
            await asyncio.to_thread(uploads.start, upload, size)
            return upload
    raise Unfit("Chưa chọn tệp nào.")


async def _stored(part: BodyPartReader, path: Path) -> int:
    """Write a part to a file; return its size. Raises Unfit when it is empty or too large."""
    size = 0
    with path.open("xb") as file:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise Unfit(f"Tệp lớn hơn {LARGEST // 1_000_000} MB. Nén lại (.gz, .zip) hoặc chia nhỏ rồi tải lên.")
            await asyncio.to_thread(file.write, chunk)
    if not size:
        raise Unfit("Tệp trống.")
    return size


async def _show(request: web.Request) -> web.Response:
    upload = await _upload(request)
    plan, shown, fate = None, None, ""
    if upload.stage in (Stage.READY, Stage.DONE):
        plan = await asyncio.to_thread(request.app[UPLOADS].plan, upload.id)
        fate = request.query.get("fate", "") if request.query.get("fate") in plan.counts else plan.first()
        shown = cut(plan.items.get(fate, ()), page_number(request), f"fate={fate}")
    return render(
        request,
        "import_one.html",
        upload=upload,
        kind=KINDS[upload.kind],
        plan=plan,
        shown=shown,
        fate=fate,
        titles=TITLES,
        longest=_LONGEST_REASON,
        open_fates=held_fates(done=upload.stage is Stage.DONE) if upload.kind == "procedures" else (),
    )


async def _state(request: web.Request) -> web.Response:
    upload = await _upload(request)
    return web.json_response({"stage": upload.stage, "rows": upload.rows, "working": upload.working})


async def _confirm(request: web.Request) -> web.Response:
    upload = await _upload(request)
    why = str((await request.post()).get("why", "")).strip()[:_LONGEST_REASON]
    where = f"{PATH}/{upload.id}"
    if not why:
        return back(request, where, "Chưa nạp: ghi lý do rồi xác nhận lại.")
    begun = await asyncio.to_thread(request.app[UPLOADS].confirm, upload.id, request[STAFF].login, why)
    return back(request, where, "" if begun else "Tệp này không còn chờ xác nhận.")


async def _drop(request: web.Request) -> web.Response:
    upload = await _upload(request)
    dropped = await asyncio.to_thread(request.app[UPLOADS].drop, upload.id)
    return back(request, PATH, f"Đã bỏ tệp {upload.name}." if dropped else "Tệp đang được nạp nên không bỏ được.")


async def _template(request: web.Request) -> web.Response:
    """Return the empty table of procedures to fill in."""
    kind = request.match_info["kind"]

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"thu-tuc.{kind}"
            write_template(path)
            return path.read_bytes()

    headers = {"Content-Disposition": f'attachment; filename="thu-tuc.{kind}"'}
    return web.Response(body=await asyncio.to_thread(make), headers=headers, content_type="application/octet-stream")


async def _upload(request: web.Request) -> Upload:
    """Return the file that the address names. Raises HTTPNotFound."""
    found = await asyncio.to_thread(request.app[UPLOADS].get, request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound
    return found


async def _sweeping(app: web.Application) -> AsyncIterator[None]:
    """Delete what nobody decided on in a day, also when nobody opens the page."""

    async def sweep() -> None:
        while True:
            await asyncio.to_thread(app[UPLOADS].all)
            await asyncio.sleep(_SWEPT_EVERY_S)

    task = asyncio.create_task(sweep())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
