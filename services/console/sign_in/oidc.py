"""OpenID Connect with one organisation: the code flow with PKCE, state and nonce. This module knows no accounts."""

import json
import warnings
from dataclasses import asdict, dataclass
from typing import Any, cast

import httpx
from authlib.common.security import generate_token
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from shared import clock
from shared.access.signatures import ED25519, Signatures
from shared.crypto.keyring import SealBroken, keyring
from shared.settings import Settings

with warnings.catch_warnings():
    # Authlib prefers a newer HTTP client than the one used here, and warns at import whatever filter was set before.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client.errors import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client

# The algorithms an organisation may sign with; never "none", never a shared secret.
SIGNATURES = Signatures(algorithms=["RS256", "PS256", "ES256", ED25519])
# The clocks of some organisations run ahead by more than a minute.
LEEWAY_SECONDS = 120
SCOPE = "openid email profile"
LONGEST_SECONDS = 600
_AAD = b"console|oidc"


class Failed(Exception):
    """The identity could not be established; the message is for our log alone and holds nothing of what was sent."""


@dataclass(frozen=True)
class Begun:
    """The state of a sign-in that is under way, sealed in a cookie of the browser that began it."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: int
    # The account this identity is linked to without its address: a signed-in account, or that of an invitation.
    account_id: str = ""
    invitation: str = ""

    def sealed(self) -> str:
        return keyring().encrypt(json.dumps(asdict(self)).encode(), _AAD).hex()

    @classmethod
    def opened(cls, text: str | None, now: int) -> "Begun":
        """Return the state from its cookie. Raises Failed for a cookie that is not ours or too old."""
        try:
            found = cls(**json.loads(keyring().decrypt(bytes.fromhex(text or ""), _AAD)))
        except (ValueError, TypeError, SealBroken):
            raise Failed("no sign-in was begun here") from None
        if now > found.until:
            raise Failed("the sign-in took too long")
        return found


@dataclass(frozen=True)
class Person:
    """The identity that the organisation asserts."""

    issuer: str
    subject: str
    email: str | None  # only when the organisation has verified it
    lacking: str | None = None  # the claim whose absence makes the address unusable

    @property
    def key(self) -> str:
        return f"{self.issuer}|{self.subject}"


def configured(settings: Settings) -> bool:
    return bool(settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret.get_secret_value())


class Organisation:
    """The provider that the settings name."""

    def __init__(self, settings: Settings, redirect_to: str) -> None:
        self._settings, self._redirect_to = settings, redirect_to
        self._issuer = settings.oidc_issuer.rstrip("/")

    async def begin(self, to: str, now: int, *, account_id: str = "", invitation: str = "") -> tuple[str, Begun]:
        """Return the address to send the browser to, and the state to keep meanwhile."""
        secrets = generate_token(32), generate_token(32), generate_token(64)
        begun = Begun(*secrets, to, now + LONGEST_SECONDS, account_id, invitation)
        async with self._client() as client:
            about = await self._about(client)
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"], state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return url, begun

    async def finish(self, begun: Begun, state: str, code: str) -> Person:
        """Return the identity behind the returned code. Raises Failed."""
        if not code or not state or state != begun.state:
            raise Failed("the answer does not belong to the sign-in that was begun")
        async with self._client() as client:
            about = await self._about(client)
            try:
                token = await client.fetch_token(
                    about["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=begun.verifier
                )
                keys = (await client.request("GET", about["jwks_uri"], withhold_token=True)).json()
            except (OAuthError, httpx.HTTPError, ValueError) as error:
                raise Failed(f"the code was not taken ({type(error).__name__})") from None
        return self._person(cast("dict[str, Any]", token), keys, begun)

    def _client(self) -> Any:
        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret.get_secret_value(),
            scope=SCOPE,
            redirect_uri=self._redirect_to,
            code_challenge_method="S256",
            timeout=10,
            trust_env=False,
        )

    async def _about(self, client: Any) -> dict[str, Any]:
        try:
            answer = await client.request(
                "GET", f"{self._issuer}/.well-known/openid-configuration", withhold_token=True
            )
            about = cast("dict[str, Any]", answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError) as error:
            raise Failed(f"the organisation does not answer ({type(error).__name__})") from None
        if str(about.get("issuer", "")).rstrip("/") != self._issuer:
            raise Failed("the organisation names itself otherwise than the settings do")
        return about

    def _person(self, token: dict[str, Any], keys: Any, begun: Begun) -> Person:
        try:
            claims = jwt.decode(str(token["id_token"]), _signing(keys), registry=SIGNATURES).claims
            jwt.JWTClaimsRegistry(
                now=lambda: int(clock.real().timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": str(claims.get("iss", ""))},
                aud={"essential": True, "value": self._settings.oidc_client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": begun.nonce},
            ).validate(claims)
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Failed(f"the identity is not validly signed for us ({type(error).__name__})") from None
        if str(claims["iss"]).rstrip("/") != self._issuer:
            raise Failed("the identity is somebody else's word")
        email, verified = claims.get("email"), claims.get("email_verified")
        lacking = None
        if not email:
            lacking = "email"
        elif verified is not True:
            # Also where the claim is the text "true": an address that is not verified proves nothing.
            lacking = "email_verified"
        return Person(self._issuer, str(claims["sub"]), None if lacking else str(email), lacking)


def _signing(answer: Any) -> KeySet:
    """Read the keys that may sign. Others, also of kinds we do not know, are left out (RFC 7517, section 5)."""
    found: list[Key] = []
    for each in answer["keys"]:
        try:
            if each.get("use", "sig") == "sig":
                found.append(JWKRegistry.import_key(each))
        except (JoseError, AttributeError, KeyError, TypeError, ValueError):
            continue
    return KeySet(found)
