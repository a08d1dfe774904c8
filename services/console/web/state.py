"""The shared objects of one console process."""

from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import Request

from services.console.backend.changes import Changes
from services.console.backend.client import Service
from services.console.backend.pools import Clients
from services.console.session.service import SignedIn
from services.console.web.assets import Assets
from services.console.web.forgery import origin_of
from services.console.web.templates import Templates
from shared.access import tokens, visitors
from shared.http.limits import Limiter
from shared.http.state import Services


@dataclass
class House:
    """The shared objects of the pages, one per process, at `app.state.house`."""

    services: Services
    templates: Templates
    assets: Assets
    clients: Clients
    changes: Changes
    signing_key: Any
    limiter: Limiter

    @property
    def origin(self) -> str:
        return origin_of(self.services.settings.console_url)

    def service(self, name: str, who: SignedIn | None, address: str | None = None) -> Service:
        """Return a service with this account's rights; without one, its public routes, for a visitor at `address`."""
        settings = self.services.settings

        def token() -> str:
            assert who is not None
            return tokens.issue(self.signing_key, str(who.account_id), who.role, who.teams, settings.token_audience)

        def visitor() -> str:
            return visitors.issue(self.signing_key, address or "unknown")

        url = settings.service_url(name)
        return Service(name, url, self.clients, token if who else None, visitor if address else None)


def house_of(request: Request) -> House:
    return cast(House, request.app.state.house)
