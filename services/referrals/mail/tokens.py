"""Access tokens for a mailbox by OAuth2: for a program of ours (client credentials), or from a refresh token."""

import time

import httpx

from services.referrals.mail.mailbox_interface import Cannot
from shared.settings import Settings

SECONDS = 30.0
# How long before its expiry a token is renewed.
_EARLY = 60.0


def client() -> httpx.AsyncClient:
    """Return a client that ignores proxies of the environment and follows no redirects."""
    return httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False)


class Tokens:
    """The token of one mailbox, kept until it expires."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token, self._until = "", 0.0

    def forget(self) -> None:
        """Forget the token: the provider refuses it."""
        self._token = ""

    async def token(self) -> str:
        """Return a valid token, renewed when necessary. Raise Cannot."""
        if self._token and time.monotonic() < self._until:
            return self._token
        settings = self._settings
        asked = {
            "client_id": settings.mailbox_client_id,
            "client_secret": settings.mailbox_client_secret.get_secret_value(),
            "scope": settings.mailbox_scope,
        }
        refresh = settings.mailbox_refresh_token.get_secret_value()
        asked |= {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {}
        asked.setdefault("grant_type", "client_credentials")
        try:
            async with client() as http:
                answer = await http.post(settings.mailbox_token_url, data={k: v for k, v in asked.items() if v})
        except httpx.HTTPError:
            raise Cannot("token_unreachable") from None
        if answer.status_code != 200:
            raise Cannot("token_refused" if answer.status_code < 500 else "token_unreachable")
        try:
            found = answer.json()
            self._token, seconds = str(found["access_token"]), float(found.get("expires_in", 300))
        except (ValueError, KeyError, TypeError):
            raise Cannot("token_not_understood") from None
        self._until = time.monotonic() + max(0.0, seconds - _EARLY)
        return self._token
