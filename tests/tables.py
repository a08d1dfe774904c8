"""Every table of a service, and whether they are those of its migrated database."""

from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from shared.db.platform_tables import PLATFORM
from shared.settings import Settings

ROOT = Path(__file__).parents[1]


def base_of(service: str) -> Any:
    """The base class of a service's models, once every module with tables has been imported."""
    for file in (ROOT / "services" / service).rglob("models.py"):
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    return import_module(f"services.{service}.base").Base


def drift(settings: Settings, service: str, metadata: Any = None) -> list[Any]:
    """The differences between the models and the migrated database. Empty when they agree."""
    ours = base_of(service).metadata if metadata is None else metadata
    owner = create_engine(settings.database_url(service, "owner"), poolclass=NullPool)
    both: Any = [ours, PLATFORM]
    with owner.connect() as connection:
        return compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": ours}), both
        )
