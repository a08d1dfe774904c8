"""A small OpenID provider: what an organisation would run. It can also be made to lie."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "synthetic-client", "synthetic-secret-0123456789"


@dataclass
class Provider:
    """One identity, and what it says of it."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    lie: str = ""
    # Keys of its set beside the one that signs.
    beside: list[Any] = field(default_factory=list[Any])
    asked: dict[str, str] = field(default_factory=dict[str, str])

    def authorise(self, location: str) -> str:
        """What its sign-in page does with the address it was sent to: the query of the way back."""
        self.asked = dict(parse_qsl(urlsplit(location).query))
        assert self.asked["response_type"] == "code" and self.asked["code_challenge_method"] == "S256"
        assert self.asked["client_id"] == CLIENT and self.asked["scope"].startswith("openid")
        return f"code=the-code&state={self.asked['state']}"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def about() -> dict[str, str]:
            return {
                "issuer": "https://other.invalid" if self.lie == "discovery" else self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }

        @app.get("/jwks")
        async def jwks() -> dict[str, Any]:
            return {"keys": [*self.beside, self.key.as_dict(private=False)]}

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
            proven = base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == self.asked["code_challenge"]
            if request.headers.get("authorization") != f"Basic {basic}" or sent["code"] != "the-code" or not proven:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token()})

        return app

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        if self.lie == "shared-secret":  # signed with what everybody may know
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.key.as_pem(private=False)))
        if self.lie == "unsigned":
            parts = (b'{"alg":"none"}', json.dumps(claims).encode())
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        key = RSAKey.generate_key(2048) if self.lie == "other-key" else self.key
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
