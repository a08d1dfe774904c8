"""What a process says of itself on its health port."""

from typing import Any

import httpx


async def health(port: int, path: str) -> Any:
    """Return the JSON of `/healthz` or `/readyz`, whatever its status."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        return (await client.get(path)).json()
