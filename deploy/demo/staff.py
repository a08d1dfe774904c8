"""Made-up colleagues on a practice stack: one account for each role, labelled as what it is."""

import secrets
from uuid import UUID

from deploy.folder import write_whole
from deploy.stack import Stack
from services.console.staff import passwords
from services.console.staff import service as staff
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database

ROLES = (Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER, Role.ADMIN)
NAMES = {
    Role.WORKER: "Synthetic Wanda (worker)",
    Role.CLINICIAN: "Synthetic Colin (clinician)",
    Role.SUPERVISOR: "Synthetic Susan (supervisor)",
    Role.GUARDIAN: "Synthetic Gwen (guardian)",
    Role.COMMISSIONER: "Synthetic Cora (commissioner)",
    Role.ADMIN: "Synthetic Adam (administrator)",
}


def password(stack: Stack) -> str:
    """Return the password of every made-up account of this folder; generate it on first use."""
    file = stack.folder.secrets_folder / "demo-password"
    if not file.exists():
        write_whole(file, "-".join(secrets.token_hex(2) for _ in range(4)) + "\n", mode=0o600)
    return file.read_text(encoding="ascii").strip()


async def hire(stack: Stack) -> dict[str, UUID]:
    """Open an account for each role in the folder's own team, with the role as sign-in name; return ids by role."""
    kept = await passwords.hashed(password(stack))
    database = Database(stack.settings(), "console", "work")
    try:
        async with database.transaction(Actor.service("console")) as tx:
            there = {account.sign_in: account.id for account in await staff.every(tx)}
            if Role.WORKER.value in there:
                return there
            team = await staff.open_team(tx, "Synthetic team", stack.folder.team())
            for role in ROLES:
                made = await staff.open_account(
                    tx,
                    sign_in=role,
                    name=NAMES[role],
                    role=role,
                    team_ids=[team.id],
                    phone="020 7946 0123",
                    password_hash=kept,
                )
                there[role.value] = made.id
            return there
    finally:
        await database.dispose()
