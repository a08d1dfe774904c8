"""The entry point of Alembic; everything is in shared.db.migrate."""

from services.intake.models import Base
from shared.db import migrate

migrate.env(Base.metadata)
