"""Decoding the bytes of a part, with an allow-list of charsets, because some codecs of Python are slow or too powerful.

Labels are often wrong: bytes that can only be UTF-8 are decoded as UTF-8, and a byte that is not UTF-8 as Windows
writes it. A charset outside of the list is treated the same. Pure.
"""

import codecs
import re

_ISO = re.compile(r"(?:cs)?iso-?(?:ir-\d+-)?8859-?(\d{1,2})(?:-?[ie])?(?:-windows.*)?")
_CODE_PAGE = re.compile(r"(?:cs|x-)?(?:windows|win|cp|ibm|ms|dos|x-cp|x-windows)-?(\d{3,5})")
_ISO_PARTS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16})
_CODE_PAGES = frozenset(
    {437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 936, 949, 950}
    | {1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 1361}
)
_UTF8 = "utf-8"
_NAMED = {
    "utf-8": _UTF8, "utf8": _UTF8, "utf8mb4": _UTF8, "unicode-1-1-utf-8": _UTF8, "x-unicode-2-0-utf-8": _UTF8,
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "unicode": "utf-16", "ucs-2": "utf-16",
    "utf-32": "utf-32", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be",
    "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "csisolatin1": "cp1252", "ansi": "cp1252",
    "latin2": "iso8859-2", "latin-2": "iso8859-2", "csisolatin2": "iso8859-2", "latin5": "iso8859-9",
    "latin9": "iso8859-15", "latin-9": "iso8859-15", "hebrew": "iso8859-8", "logical": "iso8859-8",
    "visual": "iso8859-8", "csiso88598i": "iso8859-8", "csiso88598e": "iso8859-8", "csisolatinhebrew": "iso8859-8",
    "arabic": "iso8859-6", "csisolatinarabic": "iso8859-6", "greek": "iso8859-7", "csisolatingreek": "iso8859-7",
    "cyrillic": "iso8859-5", "csisolatincyrillic": "iso8859-5",
    "koi8-r": "koi8-r", "koi8r": "koi8-r", "koi8": "koi8-r", "koi": "koi8-r", "cskoi8r": "koi8-r",
    "koi8-u": "koi8-u", "koi8-ru": "koi8-u", "koi8-t": "koi8-t", "ptcp154": "ptcp154",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb18030": "gb18030", "csgb2312": "gb18030",
    "chinese": "gb18030", "euc-cn": "gb18030", "hz-gb-2312": "hz", "hz": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "csbig5": "big5hkscs",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "csshiftjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022-jp-2", "iso-2022-jp-1": "iso2022-jp-2", "iso-2022-jp-2": "iso2022-jp-2",
    "csiso2022jp": "iso2022-jp-2", "iso-2022-kr": "iso2022-kr", "csiso2022kr": "iso2022-kr",
    "euc-jp": "euc-jp", "eucjp": "euc-jp", "x-euc-jp": "euc-jp",
    "euc-kr": "cp949", "euckr": "cp949", "ks-c-5601-1987": "cp949", "ks-c-5601": "cp949", "korean": "cp949",
    "ksc5601": "cp949", "csksc56011987": "cp949", "uhc": "cp949", "johab": "johab",
    "tis-620": "cp874", "tis620": "cp874", "viscii": _UTF8,
    "macintosh": "mac-roman", "mac": "mac-roman", "x-mac": "mac-roman", "mac-roman": "mac-roman",
    "x-mac-roman": "mac-roman", "csmacintosh": "mac-roman", "x-mac-ce": "mac-latin2",
    "x-mac-centraleurroman": "mac-latin2", "x-mac-cyrillic": "mac-cyrillic", "x-mac-ukrainian": "mac-cyrillic",
    "x-mac-greek": "mac-greek", "x-mac-turkish": "mac-turkish", "x-mac-icelandic": "mac-iceland",
    "x-mac-croatian": "mac-croatian", "x-mac-romanian": "mac-romanian", "x-mac-arabic": "mac-arabic",
    "x-mac-farsi": "mac-farsi", "x-mac-japanese": "cp932", "x-mac-korean": "cp949",
    "x-mac-chinesesimp": "gb18030", "x-mac-chinesetrad": "big5hkscs", "x-mac-thai": "cp874",
}  # fmt: skip
# Charsets that programs write on any text: if the bytes are valid UTF-8, they are UTF-8.
_PUT_ON_ANYTHING = ("cp125", "iso8859", "mac-", "koi8")
_AS_WINDOWS = "utf-8-or-windows"
_META = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})")
_XML = re.compile(rb"(?i)<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{1,40})")


def codec(named: str) -> str | None:
    """Return the codec for a charset as emails name it; None when the name is unknown."""
    name = named.strip().strip("\"'").strip().lower().replace("_", "-")
    if name in _NAMED:
        return _NAMED[name]
    if found := _ISO.fullmatch(name):
        part = int(found[1])
        # A part labelled Latin 1 is in practice in the Windows charset, which has more letters.
        return "cp1252" if part == 1 else f"iso8859-{part}" if part in _ISO_PARTS else None
    if found := _CODE_PAGE.fullmatch(name):
        page = int(found[1])
        return _UTF8 if page == 65001 else f"cp{page}" if page in _CODE_PAGES else None
    return None


def decode(raw: bytes, named: str) -> str:
    """Decode bytes in the charset of their label; never raise."""
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw.decode("utf-8-sig", "replace")
    found = codec(named)
    if found is None or found == _UTF8:
        return raw.decode(_UTF8, _AS_WINDOWS)
    if found.startswith(_PUT_ON_ANYTHING) and (meant := _only_utf8(raw)) is not None:
        return meant
    try:
        return raw.decode(found)
    except UnicodeDecodeError:
        return _only_utf8(raw) or raw.decode(found, "replace")


def _only_utf8(raw: bytes) -> str | None:
    """Return the bytes decoded as UTF-8, where they are valid and more than ASCII: no other charset is so by chance."""
    try:
        return None if raw.isascii() else raw.decode(_UTF8)
    except UnicodeDecodeError:
        return None


def _windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _windows)


def of_markup(raw: bytes, named: str) -> str:
    """Return the charset of an HTML part: the header's, else the one that the page itself names."""
    if named:
        return named
    found = _META.search(raw[:4096]) or _XML.search(raw[:200])
    return found[1].decode("ascii", "replace") if found else ""
