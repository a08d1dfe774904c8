"""The operator's access to the services: over HTTP, with a token signed here.

On a machine with a data folder by that folder; in a container, or anywhere else, by the settings: the addresses of the
services (ALONGSIDE_INTAKE_URL ...) and the key that signs tokens (ALONGSIDE_TOKEN_PRIVATE_KEY_FILE).
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from deploy.errors import StackError
from deploy.folder import DataFolder, default_folder

if TYPE_CHECKING:
    from shared.settings import Settings

SIGNS = "ALONGSIDE_TOKEN_PRIVATE_KEY_FILE"
SECONDS = 300


def by_settings(data: Path | None) -> bool:
    """Return whether the settings, and no data folder, locate the system."""
    return data is None and bool(os.environ.get(SIGNS))


class Operator:
    """A client with the role of an administrator: operations of every team, without care data."""

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings

    @classmethod
    def here(cls, data: Path | None) -> "Operator":
        """Locate the system by the named folder, else by the settings, else by the default folder.

        Raise StackError when there is no stack.
        """
        if by_settings(data):
            from shared.settings import load

            return cls(load())
        from deploy.stack import settings_of

        return cls(settings_of(DataFolder(data or default_folder())))

    def get(self, service: str, path: str) -> Any:
        return self._ask("GET", service, path)

    def post(self, service: str, path: str) -> Any:
        return self._ask("POST", service, path)

    def _ask(self, method: str, service: str, path: str) -> Any:
        """Send a request. Raise StackError, in one line, when the service does not answer or refuses."""
        import httpx

        url = self.settings.service_url(service) + path
        headers = {"Authorization": f"Bearer {self._token()}", "Idempotency-Key": str(uuid4())}
        try:
            answer = httpx.request(method, url, headers=headers, timeout=SECONDS, trust_env=False)
        except httpx.TransportError as error:
            raise StackError(f"{service} does not answer at {url} ({type(error).__name__}): is the stack up?") from None
        if answer.is_error:
            raise StackError(f"{service} refused {method} {path}: {_detail(answer)}")
        return answer.json()

    def _token(self) -> str:
        from shared.access import tokens
        from shared.access.roles import Role

        file = self.settings.token_private_key_file
        if file is None:
            raise StackError(f"no key to sign a token with: name it by {SIGNS}, or a data folder by --data")
        try:
            key = tokens.load_key(file)
        except (OSError, ValueError) as error:
            raise StackError(f"{SIGNS}: {error}") from None
        return tokens.issue(key, "operator", Role.ADMIN, [], self.settings.token_audience)


def _detail(answer: Any) -> str:
    try:
        return str(answer.json().get("detail", answer.status_code))
    except ValueError:
        return str(answer.status_code)
