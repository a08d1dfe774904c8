"""Read the figures of referrals for `/metrics`, besides those of every service."""

import asyncio

from services.referrals import readings
from shared import clock
from shared.http.state import Services
from shared.metrics import counted
from shared.metrics.figures import LISTED_EVERY_SECONDS, NOT_COUNTED, OPEN, age, client_of, without_workflow
from shared.metrics.gathering import Gauge, Reading, Sample
from shared.readings import engine
from shared.readings.files import disk, last_backup
from shared.readings.rows import Rows, settled, working_days_ago
from workflows.contracts import REFERRAL

EMAILS = Gauge("alongside_emails_waiting", "Emails that are due to leave now.")
EMAILS_AGE = Gauge("alongside_emails_waiting_oldest_seconds", "How long the oldest of them has been due.")
NOT_LEFT = Gauge("alongside_emails_not_left", "Emails that should have left over 15 minutes ago.")
INCOMING = Gauge("alongside_mails_waiting", "Emails of services that nobody has seen to.", ("state",))
INCOMING_AGE = Gauge(
    "alongside_mails_oldest_working_days", "Whole working days that the oldest has waited; 3 is 3 or more.", ("state",)
)
NOBODY_READS = Gauge("alongside_mails_nobody_reads", "Emails of services that no team reads.")
MAILBOX = Gauge("alongside_mailbox_failing_seconds", "For how long the mailbox at the provider could not be read.")
FOLDER = Gauge("alongside_emails_in_folder", "Emails that lie in the watched folder.")
FOLDER_OLDEST = Gauge(
    "alongside_emails_in_folder_oldest_timestamp_seconds", "When the oldest of them was put there; 0: none is."
)
ASIDE = Gauge("alongside_emails_put_aside", "Emails that an earlier version put aside in the watched folder.")
BACKUP = Gauge("alongside_last_backup_timestamp_seconds", "When the last backup was made; 0: never.")
DISK = Gauge("alongside_disk_free_bytes", "What is free on the disk where emails lie.")
DISK_PERCENT = Gauge("alongside_disk_free_percent", "The same in percent.")


def figures(services: Services, rows: Rows) -> list[Reading]:
    """Return the readings of referrals."""
    counted.expect_steps("referral")

    async def emails() -> list[Sample]:
        now = clock.now()
        due, late = await readings.emails_due(rows, now), await readings.emails_not_left(rows, now)
        return [EMAILS.of(due.count), EMAILS_AGE.of(age(due.oldest)), NOT_LEFT.of(late.count)]

    async def mails() -> list[Sample]:
        now = clock.now()
        found = await readings.mails(rows, now)
        days = {
            state: working_days_ago(oldest, now) if oldest else 0
            for state, oldest in (("unread", found.oldest_unread), ("refused", found.oldest_refused))
        }
        return [
            INCOMING.of(found.unread, "unread"),
            INCOMING.of(found.refused, "refused"),
            *(INCOMING_AGE.of(count, state) for state, count in days.items()),
            NOBODY_READS.of(await readings.mails_nobody_reads(rows)),
            MAILBOX.of(age(found.failing_since)),
        ]

    async def referrals() -> list[Sample]:
        anew = NOT_COUNTED.of(await readings.not_counted_anew(rows, clock.now()))
        return [OPEN.of(len(await readings.open_referrals(rows)), "referral"), anew]

    async def workflows() -> list[Sample]:
        running = await engine.running(client_of(services), REFERRAL)
        return [without_workflow("referral", settled(await readings.open_referrals(rows), clock.now()), running)]

    async def folder() -> list[Sample]:
        found = await asyncio.to_thread(readings.in_folder, services.settings.inbound_mail_folder)
        oldest = found.oldest.timestamp() if found.oldest else 0
        return [FOLDER.of(found.count), FOLDER_OLDEST.of(oldest), ASIDE.of(found.put_aside)]

    async def backup() -> list[Sample]:
        marker = services.settings.last_backup_file
        made = last_backup(marker) if marker else None
        return [BACKUP.of(made.timestamp() if made else 0)] if marker else []

    async def free() -> list[Sample]:
        settings = services.settings
        place = settings.mail_folder or settings.inbound_mail_folder
        if place is None:
            return []
        found = await asyncio.to_thread(disk, place)
        return [DISK.of(found.free_bytes), DISK_PERCENT.of(found.free_percent)]

    return [
        Reading("emails", "database", emails),
        Reading("mails", "database", mails),
        Reading("referrals", "database", referrals),
        Reading("workflows", "temporal", workflows, good_for=LISTED_EVERY_SECONDS),
        Reading("folder", "files", folder),
        Reading("disk", "files", free),
        Reading("backup", "files", backup),
    ]
