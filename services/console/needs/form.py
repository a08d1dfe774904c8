"""The form of a needs assessment. Its fields are named as casework names them, so that each problem finds its field."""

from collections.abc import Iterator
from typing import Any, Final

from services.console.backend.errors import Refused
from services.console.needs.words import BEST, DOMAINS, WORST
from services.console.web.form import Form, unfit
from shared.http.problems import Wrong

FIELDS: Final = "domains."
"""The prefix of these fields' names."""

_SCORES = {str(score): score for score in range(BEST, WORST + 1)}


def looked_at(form: Form) -> dict[str, dict[str, Any]]:
    """Return score and sentence of each domain that has a score. Raises Refused with everything that is invalid."""
    if wrong := [*_wrong(form)]:
        raise Refused.fields(wrong)
    return {
        domain: {"score": _SCORES[_score(form, domain)], "sentence": form.optional(f"{FIELDS}{domain}.sentence")}
        for domain in DOMAINS
        if _score(form, domain)
    }


def _score(form: Form, domain: str) -> str:
    return form.text(f"{FIELDS}{domain}.score")


def _wrong(form: Form) -> Iterator[Wrong]:
    for domain in DOMAINS:
        score, sentence = _score(form, domain), form.text(f"{FIELDS}{domain}.sentence")
        if score and score not in _SCORES:
            yield Wrong(f"{FIELDS}{domain}.score", "range", f"must be a number from {BEST} to {WORST}")
        elif sentence and not score:
            yield Wrong(f"{FIELDS}{domain}.score", "missing", "give a score to what you wrote, or clear it")
        if sentence and (message := unfit(sentence)):
            yield Wrong(f"{FIELDS}{domain}.sentence", "text", message)
