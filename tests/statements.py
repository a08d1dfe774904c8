"""One cache of compiled statements for all engines of a test process.

Every test has engines of its own, and an engine compiles each statement once for itself. In tests, where an engine
lives for a few seconds, that was a seventh of their time.
"""

from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from shared.db import session

MOST = 3000


class Compiled(dict[Any, Any]):
    """Statements without regard to the dialect's instance, the first part of a key: all of ours are of one kind."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= MOST:
            self.clear()
        super().__setitem__(key[1:], compiled)


def share_compiled() -> None:
    """Let every engine that is made from now on in this process use one cache."""
    session.create_async_engine = partial(create_async_engine, execution_options={"compiled_cache": Compiled()})  # type: ignore[assignment]
