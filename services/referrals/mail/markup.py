"""Turning HTML into the text that a person would read. One pass, always forward: the time is linear in the length.

Lines that a client marks as quoted get `> ` before them, as in a plain email; see `quoting`. Pure.
"""

import re
from html import unescape

_HIDDEN = ("script", "style", "head", "title", "template", "o:p></o:p", "xml")
_BREAKS = frozenset(
    [
        "br",
        "p",
        "div",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "blockquote",
        "pre",
        "section",
        "article",
        "header",
        "footer",
        "dt",
        "dd",
        "dl",
        "center",
        "summary",
        "fieldset",
        "legend",
        "option",
        "figcaption",
        "caption",
        "address",
    ]
)
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:]*)")
_HREF = re.compile(r"(?i)\bhref\s*=\s*(?:\"([^\"]{1,2000})\"|'([^']{1,2000})'|([^\s\"'>]{1,2000}))")
_ALT = re.compile(r"(?i)\balt\s*=\s*(?:\"([^\"]{1,300})\"|'([^']{1,300})')")
_MARK = re.compile(r"(?i)\b(?:id|class)\s*=\s*(?:\"([^\"]{0,200})\"|'([^']{0,200})'|([^\s\"'>]{1,200}))")
# A box of these clients holds the quoted email and nothing else ...
_QUOTED_BOXES = frozenset({"yahoo_quoted", "protonmail_quote", "zmail_extra", "outlookmessageheader"})
# ... and everything from one of these to the end is quoted.
_QUOTED_FROM = frozenset(
    {"divrplyfwdmsg", "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message"}
)
_LONGEST_ADDRESS = 400
# The rest of a tag: a ">" inside of a quoted value does not end it.
_REST = re.compile(r"(?:[^>=]++|=\s*+\"[^\"<]*+\"|=\s*+'[^'<]*+'|=)*+>")
# Hidden elements: the line for a preview, words for a filter, a second copy for small screens.
_UNSEEN = re.compile(
    r"(?i)\bstyle\s*=\s*[\"'][^\"']{0,1000}?(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:[;!\"']|$))|\shidden(?=[\s/=]|$)"
)
_VOID = frozenset({"img", "br", "hr", "input", "meta", "link", "wbr", "col", "area", "base", "source", "embed"})


def text_of(markup: str) -> str:
    """Return the visible words of an HTML page, line by line; when none is visible, all words."""
    page = _read(markup, _Page())
    if page.unseen or not (said := page.done()).strip():
        said = _read(markup, _Page(hides=False)).done()
    return said


def _read(markup: str, page: "_Page") -> "_Page":
    lower, at = markup.lower(), 0
    while (opens := markup.find("<", at)) >= 0:
        page.says(markup[at:opens])
        if lower.startswith("<!--", opens):
            closes = markup.find("-->", opens)
            if closes < 0:
                return page
            at = closes + 3
            continue
        found = _NAME.match(lower, opens + 1)
        name = found[1] if found else ""
        if not name and not lower.startswith(("<!", "<?"), opens):
            page.says("<")  # "less than", not markup
            at = opens + 1
            continue
        if (closes := _end_of_tag(markup, opens)) < 0:
            page.says(markup[opens:] if not name else "")
            return page
        tag = markup[opens + 1 : closes]
        at = closes + 1
        if name in _HIDDEN and not tag.startswith("/") and not tag.endswith("/"):
            hidden_until = lower.find(f"</{name}", at)
            if hidden_until < 0:
                return page
            at = markup.find(">", hidden_until) + 1 or len(markup)
            continue
        page.tag(name, tag)
    page.says(markup[at:])
    return page


def _end_of_tag(markup: str, opens: int) -> int:
    found = _REST.match(markup, opens + 1)
    return found.end() - 1 if found else -1


class _Page:
    """The lines found so far and the boxes that are open."""

    def __init__(self, *, hides: bool = True) -> None:
        self._hides = hides
        self.unseen = ""  # the name of the open box that is not shown
        self._inside = 0  # boxes of that name inside of it
        self._lines: list[str] = []
        self._line: list[str] = []
        self._boxes: list[bool] = []  # for each open div, whether it is a quoted box
        self._quotes = 0  # open quoted boxes
        self._rest = False
        self._pre = 0
        self._link: tuple[str, int] | None = None

    def says(self, text: str) -> None:
        if not text or self.unseen:
            return
        text = unescape(text)
        if self._pre:
            first, *more = text.split("\n")
            self._line.append(first)
            for each in more:
                self._break()
                self._line.append(each)
            return
        self._line.append(re.sub(r"[ \t\r\n\f]+", " ", text))

    def tag(self, name: str, tag: str) -> None:
        closing = tag.startswith("/")
        if self.unseen:
            if name == self.unseen and not tag.endswith("/"):
                self._inside += -1 if closing else 1
                self.unseen = self.unseen if self._inside else ""
            return
        if self._hides and not closing and name not in _VOID and not tag.endswith("/") and _UNSEEN.search(tag):
            self.unseen, self._inside = name, 1
            return
        if name in _BREAKS:
            self._break()
        if name in ("td", "th"):
            self._line.append(" ")
        elif name == "blockquote":
            self._quotes = max(0, self._quotes + (-1 if closing else 1))
        elif name == "pre":
            self._pre = max(0, self._pre + (-1 if closing else 1))
        elif name == "div":
            self._box(tag, closing)
        elif name == "a":
            self._anchor(tag, closing)
        elif name == "img" and (alt := _ALT.search(tag)):
            self._line.append(f" [{unescape(alt[1] or alt[2])}] ")
        elif name == "li" and not closing:
            self._line.append("- ")

    def _box(self, tag: str, closing: bool) -> None:
        if closing:
            if self._boxes and self._boxes.pop():
                self._quotes = max(0, self._quotes - 1)
            return
        marks = {
            word.lower() for found in _MARK.finditer(tag) for word in (found[1] or found[2] or found[3] or "").split()
        }
        quoted = bool(marks & _QUOTED_BOXES)
        self._boxes.append(quoted)
        self._quotes += quoted
        self._rest = self._rest or bool(marks & _QUOTED_FROM)

    def _anchor(self, tag: str, closing: bool) -> None:
        """Append the address of a link whose words do not contain it: an address to book at is part of an answer."""
        if not closing:
            found = _HREF.search(tag)
            address = unescape(next((each for each in found.groups() if each), "")).strip() if found else ""
            self._link = (address, len(self._line)) if address.lower().startswith(("http://", "https://")) else None
        elif self._link is not None:
            address, since = self._link
            said = "".join(self._line[since:]).strip().rstrip("/")
            if address.rstrip("/") not in said and len(address) <= _LONGEST_ADDRESS and said:
                self._line.append(f" <{address}>")
            self._link = None

    def _break(self) -> None:
        said = "".join(self._line)
        said = said.rstrip() if self._pre else said.strip()
        self._lines.append(f"> {said}".rstrip() if (self._quotes or self._rest) and said else said)
        self._line = []
        if self._link is not None:
            self._link = (self._link[0], 0)

    def done(self) -> str:
        """Return the text; three or more empty lines become one."""
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")
