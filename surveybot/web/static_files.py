"""The few static files: read once, compressed once, cached by a phone until their content changes."""

from gzip import compress
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from flask import Response, abort, request


class StaticFiles:
    """Everything in one folder, in memory; an address carries the hash of the content."""

    def __init__(self, folder: Path) -> None:
        self._plain = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        self._packed = {name: compress(data, 9, mtime=0) for name, data in self._plain.items()}
        self._addresses = {
            name: f"/static/{name}?{sha256(data).hexdigest()[:8]}" for name, data in self._plain.items()
        }

    def address(self, name: str) -> str:
        return self._addresses[name]

    def response(self, name: str) -> Response:
        if name not in self._plain:
            abort(404)
        gzip = request.accept_encodings.quality("gzip") > 0
        response = Response(
            self._packed[name] if gzip else self._plain[name],
            mimetype=guess_type(name)[0] or "application/octet-stream",
        )
        if gzip:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
