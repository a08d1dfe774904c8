"""The NHS components, callable from our templates: `{{ nhsuk.button({"text": "Save"}) }}`.

Their templates need a lax environment (an absent parameter is nothing), ours a strict one (an absent name is a
mistake), so each has its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from services.console.web.tags import of_component

_FOLDERS = {
    "actionLink": "action-link",
    "backLink": "back-link",
    "breadcrumb": "breadcrumb",
    "button": "button",
    "card": "card",
    "characterCount": "character-count",
    "checkboxes": "checkboxes",
    "dateInput": "date-input",
    "details": "details",
    "errorSummary": "error-summary",
    "fieldset": "fieldset",
    "input": "input",
    "insetText": "inset-text",
    "notificationBanner": "notification-banner",
    "pagination": "pagination",
    "panel": "panel",
    "passwordInput": "password-input",
    "radios": "radios",
    "searchInput": "search-input",
    "select": "select",
    "skipLink": "skip-link",
    "summaryList": "summary-list",
    "table": "tables",
    "tabs": "tabs",
    "taskList": "task-list",
    "textarea": "textarea",
    "warningCallout": "warning-callout",
}


class Components:
    """One method for each component; its parameters are named as in the service manual."""

    def __init__(self) -> None:
        environment = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"),
            autoescape=True,
            undefined=ChainableUndefined,
            # The templates come with a package: checking whether a file had changed was a sixth of each use.
            auto_reload=False,
        )
        self._macros: dict[str, Callable[..., Any]] = {
            name: getattr(environment.get_template(f"nhsuk/components/{folder}/macro.jinja").module, name)
            for name, folder in _FOLDERS.items()
        }

    def tag(self, params: Mapping[str, Any]) -> Markup:
        """Return a tag, as the component's, but with one meaning for each colour."""
        return of_component(params)

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        macro = self._macros.get(name)
        if macro is None:
            raise AttributeError(name)
        return lambda params=None: Markup(macro(_given(params or {})))


def _given(value: Any) -> Any:
    """Return parameters without those that are None: the templates tell absent from empty, and None from neither."""
    if isinstance(value, dict):
        return {key: _given(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_given(inner) for inner in value]
    return value
