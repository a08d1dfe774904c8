"""Roles and databases, ensured at every start: one database and three roles for each service.

A Temporal server that keeps its data in PostgreSQL gets a role and two databases.
"""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

ROLES = ("owner", "api", "work")
TEMPORAL = "temporal"
TEMPORAL_DATABASES = (TEMPORAL, "temporal_visibility")


def ensure(connection: Mapping[str, str | int], services: Iterable[str], passwords: Mapping[str, str]) -> None:
    """Create missing roles and databases and set the passwords. `passwords` maps owner, api and work to passwords.

    Only a service's own roles may connect to its database, and only its owner may create anything in it.
    """
    with psycopg.connect(**connection, autocommit=True) as server:  # type: ignore[arg-type]
        for service in services:
            for role in ROLES:
                _ensure_role(server, f"{service}_{role}", passwords[role])
            _ensure_database(server, service, f"{service}_owner", (f"{service}_api", f"{service}_work"))


def ensure_temporal(connection: Mapping[str, str | int], password: str) -> None:
    """Create the role of a Temporal server and its two databases, which are all that the role may use."""
    with psycopg.connect(**connection, autocommit=True) as server:  # type: ignore[arg-type]
        _ensure_role(server, TEMPORAL, password)
        for name in TEMPORAL_DATABASES:
            _ensure_database(server, name, TEMPORAL)


def _ensure_role(server: "psycopg.Connection[tuple[object, ...]]", name: str, password: str) -> None:
    found = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    # Hashed here, so that no statement and no log contains the password itself.
    hashed = server.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    server.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
            sql.SQL("ALTER" if found else "CREATE"), sql.Identifier(name), sql.Literal(hashed)
        )
    )


def _ensure_database(
    server: "psycopg.Connection[tuple[object, ...]]", database: str, owner: str, others: Iterable[str] = ()
) -> None:
    name = sql.Identifier(database)
    if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(owner)))
    server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for other in others:
        server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(other)))
