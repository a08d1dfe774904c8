"""Style sheets, scripts and images, served by us alone, under names that change with their content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from services.console.assets.build import BUILT, KINDS

# In order of preference.
_PACKED = (("br", ".br"), ("gzip", ".gz"))


class NotBuilt(Exception):
    """The assets have not been built yet."""


@dataclass(frozen=True)
class Asset:
    kind: str
    plain: bytes
    packed: dict[str, bytes]


class Assets:
    """All assets, in memory: some 400 kB. `made`: further ones, by name, that depend on the settings."""

    def __init__(
        self, folder: Path = BUILT, *, watched: bool = False, made: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._folder, self._watched = folder, watched
        self._own = {name: text.encode() for name, text in made.items()}
        self._load()

    def _load(self) -> None:
        try:
            manifest = self._folder / "manifest.json"
            self._made = manifest.stat().st_mtime_ns
            self._names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
            self._files = {file: _read(self._folder / file) for file in self._names.values()}
        except OSError:
            raise NotBuilt("the pages' style sheets and scripts are not made yet: run `make setup`") from None
        for name, content in self._own.items():
            path = Path(name)
            file = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
            self._names[name] = file
            self._files[file] = Asset(KINDS[path.suffix], content, {})

    def url(self, name: str) -> str:
        """Return the address of an asset. Raises KeyError when there is none of this name."""
        # In development the assets may have been built again.
        if self._watched and (self._folder / "manifest.json").stat().st_mtime_ns != self._made:
            self._load()
        return f"/assets/{self._names[name]}"

    def content(self, name: str) -> bytes:
        """Return the content of an asset that needs an address of its own (the service worker)."""
        return self._files[self._names[name]].plain

    async def serve(self, request: Request) -> Response:
        """Serve `/assets/{file}`."""
        found = self._files.get(request.path_params["file"])
        if found is None:
            return Response("There is nothing at this address.\n", status_code=404, media_type="text/plain")
        request.state.lasting = True
        accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
        headers = {"Vary": "Accept-Encoding"}
        for encoding, _ in _PACKED:
            if encoding in accepted and encoding in found.packed:
                return Response(
                    found.packed[encoding], headers={**headers, "Content-Encoding": encoding}, media_type=found.kind
                )
        return Response(found.plain, headers=headers, media_type=found.kind)


def _read(path: Path) -> Asset:
    packed = {
        encoding: path.with_name(path.name + ending).read_bytes()
        for encoding, ending in _PACKED
        if path.with_name(path.name + ending).exists()
    }
    return Asset(KINDS[path.suffix], path.read_bytes(), packed)
