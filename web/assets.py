"""The page's files, kept in memory with a fingerprint in their address, so that browsers may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `packed` is None for a format that is compressed by itself."""

    body: bytes
    packed: bytes | None
    content_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of the page. `version` changes with any of them: modules name one another, so they change together."""

    version: str
    files: Mapping[str, Asset]

    def url(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for one that is not there."""
        self.files[name]
        return f"/static/{self.version}/{name}"


def load_assets(folder: Path = FOLDER) -> Assets:
    """Read and compress every file of the page."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in _TYPES)
    bodies = {path.name: path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(name.encode() + body)
    return Assets(digest.hexdigest()[:12], {name: _asset(name, body) for name, body in bodies.items()})


def asset_response(request: web.Request, asset: Asset, cache: str) -> web.Response:
    """Return a file, compressed where the browser takes it, or 304 where it has it already."""
    etag = hashlib.sha256(asset.body).hexdigest()[:16]
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding", "Content-Type": asset.content_type}
    body = asset.body
    if asset.packed is not None and takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        etag, body = f"{etag}-gz", asset.packed
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        response = web.Response(status=304, headers={"Cache-Control": cache, "Vary": "Accept-Encoding"})
    else:
        response = web.Response(body=body, headers=headers)
    response.etag = etag
    return response


def takes_gzip(request: web.Request) -> bool:
    """Tell whether the browser unpacks gzip."""
    offers = (offer.strip().lower().replace(" ", "") for offer in request.headers.get("Accept-Encoding", "").split(","))
    return any(offer.split(";")[0] == "gzip" and not offer.endswith(";q=0") for offer in offers)


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    packed = None if suffix == ".woff2" else gzip.compress(body, 9, mtime=0)
    return Asset(body, packed, _TYPES[suffix])
