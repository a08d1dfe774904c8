"""The entry point of Alembic."""

from shared.db import migrate

migrate.env()
