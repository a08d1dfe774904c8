"""The HTTP part of casework, as a process of its own on a database of its own."""

import os

from sqlalchemy import URL

from services.casework.app import service
from shared import process_exit
from shared.process import run_service
from shared.settings import DatabaseRole, Settings

DATABASE = "casework_bench"


class BoardSettings(Settings):
    """The settings of a stack with another database name."""

    def database_url(self, service: str, role: DatabaseRole) -> URL:
        return super().database_url(service, role).set(database=DATABASE)


def main() -> None:
    settings = BoardSettings()
    run_service(service(settings), settings, parts=["api"])


if __name__ == "__main__":
    os.environ.pop("ALONGSIDE_PARTS", None)
    process_exit.after(main)
