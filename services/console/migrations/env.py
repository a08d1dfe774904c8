"""Alembic's entry point; the code is in shared.db.migrate."""

from services.console.models import Base
from shared.db import migrate

migrate.env(Base.metadata)
