"""Roles and databases of the services: one database each, three roles each, made again at every start."""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

ROLES = ("owner", "api", "work")


def ensure(connection: Mapping[str, str | int], services: Iterable[str], passwords: Mapping[str, str]) -> None:
    """Create what is missing and set the passwords. `passwords` maps owner, api and work to theirs.

    Only a service's own roles may connect to its database, and only its owner may create anything in it.
    """
    with psycopg.connect(**connection, autocommit=True) as server:  # type: ignore[arg-type]
        for service in services:
            for role in ROLES:
                _ensure_role(server, f"{service}_{role}", passwords[role])
            _ensure_database(server, service)


def _ensure_role(server: "psycopg.Connection[tuple[object, ...]]", name: str, password: str) -> None:
    found = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    # Hashed here, so that no statement and no log ever holds the password itself.
    hashed = server.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    server.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
            sql.SQL("ALTER" if found else "CREATE"), sql.Identifier(name), sql.Literal(hashed)
        )
    )


def _ensure_database(server: "psycopg.Connection[tuple[object, ...]]", service: str) -> None:
    name, owner = sql.Identifier(service), sql.Identifier(f"{service}_owner")
    if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (service,)).fetchone():
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    others = sql.SQL(", ").join([sql.Identifier(f"{service}_api"), sql.Identifier(f"{service}_work")])
    server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, others))
