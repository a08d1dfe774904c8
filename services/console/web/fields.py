"""Form fields for templates: NHS components that show again what was sent, and the errors a service found in it.

A field is named as its service names it (`alias`, `appointment.at`), so each problem finds its field. No browser offers
in one person's form what was typed into another's: `autocomplete` is off except where somebody signs in.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from markupsafe import Markup

from services.console.backend.errors import NOT_RIGHT, Refused
from services.console.backend.names import isolated
from services.console.web.components import Components
from services.console.web.form import AS_WELL, INSTEAD, ONCE, SEALED, Form
from services.console.web.sent import CAME_BACK
from services.console.web.when import DAY_EXAMPLE, TIME_EXAMPLE
from shared.clock import LONDON
from shared.http.problems import Wrong
from shared.http.validation import is_shape

_CONTROLS = re.compile(r' data-aria-controls="[\w-]*"')
DAY = "For example, 27 3 2027"
Choice = tuple[str, str] | tuple[str, str, str]
"""Value, label and perhaps a hint."""


class Fields:
    """The fields of one page: `refused` holds errors found by a service or page, `sent` what was sent, `to` where."""

    def __init__(
        self,
        nhsuk: Components,
        csrf: Callable[[], str],
        sent: Form | None,
        refused: Refused | None,
        to: str,
        *,
        came_back: bool = False,
    ) -> None:
        self._nhsuk, self._csrf, self._sent, self._to = nhsuk, csrf, sent, to
        self._came_back = came_back
        self.refused = refused
        self._errors = list(refused.errors) if refused else []
        self._labels: dict[str, str] = {}
        self._missing: dict[str, str] = {}

    # -- around the fields

    def form(
        self,
        action: str,
        *,
        caller: Callable[[], Markup],
        version: int | None = None,
        attributes: Mapping[str, str] | None = None,
        instead: bool = False,
    ) -> Markup:
        """Return a form: `{% call fields.form("/people") %} fields and a button {% endcall %}`.

        It is a POST with its CSRF token and key. `instead`: what was sent before can be replaced (see `as_well`).
        """
        more = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in (attributes or {}).items())
        hidden = self.own() + (self.hidden("version", str(version)) if version is not None else Markup(""))
        if action.partition("?")[0] == self._to:
            hidden += self.as_well(instead=instead)
        whole = Markup('<form method="post" action="{}" autocomplete="off" novalidate{}>{}{}</form>')
        return whole.format(action, more, hidden, caller())

    def own(self) -> Markup:
        """Return the two hidden fields that every POST needs, for forms written by hand."""
        # The same key when the form is shown again: pressing twice, before or after an error, changes nothing twice.
        once = self._sent.once if self._sent else None
        both = self.hidden("csrf", self._csrf()) + self.hidden(ONCE, once or uuid4())
        return both + self.hidden(CAME_BACK, "yes") if self._came_back else both

    def as_well(self, *, instead: bool = False) -> Markup:
        """Return the choice to record this form too, or in place of its earlier press (`instead`: see `form.replaces`).

        Shown when the earlier press is recorded with other words. Pressing again is not enough, since whoever does so
        may only have missed that the first press was accepted: a lost connection must not put anybody on file twice,
        nor take a step twice.
        """
        if self.refused is None or not self.refused.kept_before:
            return Markup("")
        key = str(uuid4())
        if instead:
            return self._instead(key)
        hint = "Tick this only if it is something new. What you sent first stays as it is."
        item = {"value": key, "text": "Record this as well", "hint": {"text": hint}}
        return self._nhsuk.checkboxes({"name": AS_WELL, "idPrefix": f"{AS_WELL}-{key}", "items": [item]})

    def _instead(self, key: str) -> Markup:
        items = [
            {"value": key, "text": "Record this as well", "hint": {"text": "Only if it is something new."}},
            {
                "value": f"{INSTEAD}{key}",
                "text": "Record this instead",
                "hint": {"text": "What you sent first is struck as a mistake. That it was struck stays on file."},
            },
        ]
        asked = {
            "name": AS_WELL,
            "idPrefix": f"{AS_WELL}-{key}",
            "fieldset": {"legend": _legend("You saved this form before. What is this?")},
            "hint": {"text": "To leave it as you saved it first, leave this page: nothing more is recorded."},
            "items": items,
        }
        return self._nhsuk.radios(asked)

    def date_is_right(self) -> Markup:
        """Return the box that confirms a date, once a service has asked whether the date is right."""
        refused = self.refused
        if refused is None or not (
            refused.rule == "before_its_day" or any(one.rule == "in_the_past" for one in refused.errors)
        ):
            return Markup("")
        return self.box("confirm_date", "The date is right as I gave it")

    def sealed(self) -> Markup:
        """Mark a form whose contents no error page may keep, where the next user of the browser could read them."""
        return self.hidden(SEALED, "yes")

    def kept(self, sent: Iterable[tuple[str, str]]) -> Markup:
        """Return what was sent as hidden fields, to be sent again. A secret form is not kept at all."""
        return Markup("").join(self.hidden(name, value) for name, value in sent)

    def summary(self) -> Markup:
        """Return the errors for the top of the page, each with a link to its field. The base page shows them."""
        if self.refused is None:
            return Markup("")
        listed: list[dict[str, Any]] = []
        for one in self.refused.errors:
            name = self._field_of(one)
            if name is not None or not is_shape(one.message):
                listed.append({"text": self._sentence(one), "href": f"#{_id(name)}" if name is not None else None})
        # One line for each field; what no field of this page holds is said only when there is nothing else to say.
        listed = list({item["href"] or item["text"]: item for item in listed[::-1]}.values())[::-1]
        listed = listed or [{"text": NOT_RIGHT if self.refused.errors else self.refused.words}]
        return self._nhsuk.errorSummary({"titleText": "There is a problem", "errorList": listed})

    # -- the fields

    def text(
        self,
        name: str,
        label: str,
        *,
        hint: str | None = None,
        value: object = None,
        kind: str = "text",
        autocomplete: str = "off",
        inputmode: str | None = None,
        width: int | None = None,
        page_heading: bool = False,
        attributes: Mapping[str, str] | None = None,
        missing: str | None = None,
    ) -> Markup:
        """Return a field of one line. `missing`: what to do when it was left empty, for this and every field."""
        return self._nhsuk.input(
            {
                **self._common(name, label, hint, missing or _enter(label)),
                "label": _label(label, page_heading),
                "value": self._value(name, value),
                "type": kind,
                "autocomplete": autocomplete,
                "inputmode": inputmode,
                "width": width,
                "attributes": dict(attributes or {}),
            }
        )

    def password(
        self, name: str, label: str, *, hint: str | None = None, autocomplete: str = "current-password"
    ) -> Markup:
        """Return a field for a password, which is never shown again."""
        return self._nhsuk.passwordInput(
            {**self._common(name, label, hint, _enter(label)), "label": _label(label), "autocomplete": autocomplete}
        )

    def area(
        self,
        name: str,
        label: str,
        *,
        hint: str | None = None,
        value: object = None,
        rows: int = 4,
        page_heading: bool = False,
        missing: str | None = None,
    ) -> Markup:
        """Return a field of several lines."""
        return self._nhsuk.textarea(
            {
                **self._common(name, label, hint, missing or _enter(label)),
                "label": _label(label, page_heading),
                "value": self._value(name, value),
                "autocomplete": "off",
                "rows": rows,
            }
        )

    def radios(
        self,
        name: str,
        label: str,
        choices: Iterable[Choice],
        *,
        hint: str | None = None,
        value: object = None,
        small: bool = False,
        inline: bool = False,
        page_heading: bool = False,
        beneath: Mapping[str, Markup] | None = None,
        missing: str = "choose one",
    ) -> Markup:
        """Return a choice of one of a few. `beneath`: by value, the further fields that are shown with a choice."""
        chosen = self._value(name, value)
        shown = self._nhsuk.radios(
            {
                **self._common(name, label, hint, missing),
                "id": None,  # the first choice has the id: the summary and its label lead there
                "idPrefix": _id(name),
                "fieldset": {"legend": _legend(label, page_heading)},
                "items": [
                    {**_item(choice, checked=choice[0] == chosen), "conditional": _html((beneath or {}).get(choice[0]))}
                    for choice in choices
                ],
                "small": small,
                "inline": inline,
            }
        )
        return _by_style(shown) if beneath else shown

    def boxes(
        self,
        name: str,
        label: str,
        choices: Iterable[Choice],
        *,
        hint: str | None = None,
        value: Iterable[object] = (),
        small: bool = False,
        missing: str = "choose at least one",
    ) -> Markup:
        """Return a choice of any of a few; `form.all(name)` reads them."""
        ticked = set(self._sent.all(name)) if self._sent else {str(one) for one in value}
        return self._nhsuk.checkboxes(
            {
                **self._common(name, label, hint, missing),
                "id": None,  # the first choice has the id: the summary and its label lead there
                "idPrefix": _id(name),
                "fieldset": {"legend": _legend(label)},
                "items": [_item(choice, checked=choice[0] in ticked) for choice in choices],
                "small": small,
            }
        )

    def box(self, name: str, label: str, *, hint: str | None = None, value: bool = False) -> Markup:
        """Return a single box; `form.ticked(name)` reads it."""
        ticked = self._sent.ticked(name) if self._sent else value
        item = {**_item(("yes", label), checked=ticked), "hint": _text(hint)}
        return self._nhsuk.checkboxes(
            {**self._common(name, label, None, "tick this box"), "id": None, "idPrefix": _id(name), "items": [item]}
        )

    def select(
        self,
        name: str,
        label: str,
        choices: Iterable[tuple[str, str]],
        *,
        hint: str | None = None,
        value: object = None,
        missing: str = "choose one",
    ) -> Markup:
        """Return a choice of one of many."""
        chosen = self._value(name, value)
        return self._nhsuk.select(
            {
                **self._common(name, label, hint, missing),
                "label": _label(label),
                "items": [{"value": key, "text": isolated(text), "selected": key == chosen} for key, text in choices],
                "attributes": {"autocomplete": "off"},
            }
        )

    def day(self, name: str, label: str, *, hint: str | None = DAY, value: date | None = None) -> Markup:
        """Return a date in three boxes; `form.day(name)` reads it."""
        parts = {"day": value.day, "month": value.month, "year": value.year} if value else {}
        wrong = self._error(name) is not None
        items = [
            {
                "name": f"{name}-{part}",
                "id": f"{_id(name)}" if part == "day" else f"{_id(name)}-{part}",
                "label": part.capitalize(),
                "autocomplete": "off",
                "value": self._value(f"{name}-{part}", parts.get(part)),
                "classes": f"nhsuk-input--width-{4 if part == 'year' else 2}"
                + (" nhsuk-input--error" if wrong else ""),
            }
            for part in ("day", "month", "year")
        ]
        common = self._common(name, label, hint, f"type a date, {DAY_EXAMPLE}")
        return self._nhsuk.dateInput(
            {**common, "id": f"{_id(name)}-group", "fieldset": {"legend": _legend(label)}, "items": items}
        )

    def moment(self, name: str, label: str, *, hint: str | None = DAY, value: datetime | None = None) -> Markup:
        """Return a date and a time; `form.moment(name)` reads them."""
        local = value.astimezone(LONDON) if value else None
        time = self._nhsuk.input(
            {
                **self._common(
                    f"{name}-time", f"{label}: time", f"F{TIME_EXAMPLE[1:]}", f"type a time, {TIME_EXAMPLE}"
                ),
                "label": {"text": f"{label}: time"},
                "autocomplete": "off",
                "value": self._value(f"{name}-time", f"{local:%H:%M}" if local else None),
                "width": 10,
            }
        )
        return self.day(name, label, hint=hint, value=local.date() if local else None) + time

    def hidden(self, name: str, value: object) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(name, str(value))

    def button(
        self,
        text: str,
        *,
        name: str | None = None,
        value: str | None = None,
        kind: str = "",
        about: str = "",
        to: str | None = None,
    ) -> Markup:
        """Return a button that sends the form.

        `kind`: secondary, warning, reverse. `about` is read out where several buttons look the same; `to` is the
        address it sends to, when that is not the form's own.
        """
        inner = Markup('{} <span class="nhsuk-u-visually-hidden">{}</span>').format(text, about) if about else None
        return self._nhsuk.button(
            {
                "text": text,
                "html": inner,
                "name": name,
                "value": value,
                "classes": f"nhsuk-button--{kind}" if kind else None,
                "preventDoubleClick": True,
                "attributes": {"formaction": to} if to else None,
            }
        )

    # -- inside

    def _common(self, name: str, label: str, hint: str | None, missing: str) -> dict[str, Any]:
        self._labels[name], self._missing[name] = label, missing
        found = self._error(name)
        wrong = self._message(found, name) if found else None
        return {
            "id": _id(name),
            "name": name,
            "hint": _text(hint),
            "errorMessage": {"text": _sentence(wrong)} if wrong else None,
        }

    def _error(self, name: str) -> Wrong | None:
        """Return the first error of this field, or of one thing among its several (`aliases.3`)."""
        return next((one for one in self._errors if one.field == name or _several(one.field) == name), None)

    def _field_of(self, one: Wrong) -> str | None:
        return next((name for name in (one.field, _several(one.field)) if name in self._labels), None)

    def _message(self, one: Wrong, name: str) -> str:
        """Return what to do about an error: a service that speaks of a shape speaks to a program."""
        if not is_shape(one.message):
            return one.message
        left_empty = self._sent is None or not any(value.strip() for value in self._sent.all(name))
        return self._missing[name] if left_empty else "check what is written or chosen here"

    def _sentence(self, one: Wrong) -> str:
        name = self._field_of(one)
        if name is None:
            return _sentence(one.message)
        label, message = self._labels[name], self._message(one, name)
        return f"{label} {_sentence(message)}" if label.endswith("?") else f"{label}: {message}"

    def _value(self, name: str, value: object) -> str | None:
        if self._sent is not None and name in self._sent:
            return self._sent.raw(name)
        return None if value is None else str(value)


def _id(name: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in name)


def _several(field: str) -> str:
    return re.sub(r"\.\d+(\.\w+)?$", "", field)


def _enter(label: str) -> str:
    """Return what to do when a field with this label was left empty."""
    plain = label.partition(" (")[0]
    return "write an answer" if plain.endswith("?") or ":" in plain else f"enter {plain[:1].lower()}{plain[1:]}"


def _text(text: str | None) -> dict[str, str] | None:
    return {"text": text} if text else None


def _by_style(radios: Markup) -> Markup:
    """Remove the attribute by which the NHS script shows the fields of a choice: radios may not have it.

    Our style sheet shows them beneath the choice that is on, with or without script.
    """
    plain = _CONTROLS.sub("", str(radios)).replace(" nhsuk-radios__conditional--hidden", "")
    return Markup(plain)


def _html(html: Markup | None) -> dict[str, Markup] | None:
    return {"html": html} if html else None


def _label(text: str, page_heading: bool = False) -> dict[str, Any]:
    return {"text": text, "size": "l", "isPageHeading": True} if page_heading else {"text": text}


def _legend(text: str, page_heading: bool = False) -> dict[str, Any]:
    return {"text": text, "size": "l", "isPageHeading": True} if page_heading else {"text": text, "size": "s"}


def _item(choice: Choice, *, checked: bool) -> dict[str, Any]:
    return {
        "value": choice[0],
        "text": choice[1],
        "checked": checked,
        "hint": {"text": choice[2]} if len(choice) > 2 else None,
    }


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
