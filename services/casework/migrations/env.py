from services.casework.models import Base
from shared.db import migrate

migrate.env(Base.metadata)
