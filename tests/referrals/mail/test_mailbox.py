"""The team's mailbox at a provider: everything in it is taken in once, whatever stops us in between."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from services.referrals.activities import ReferralActivities
from services.referrals.mail.mailbox_interface import Mailbox
from services.referrals.mail.team_mailbox import fetch, mailbox_of
from shared.context import Actor
from shared.db.session import Database
from shared.settings import Settings
from tests.referrals.conftest import Api, Place
from tests.referrals.mail.letters import mail
from tests.referrals.mail.providers import PASSWORD, USER, dovecot, odd_imap, provider
from tests.referrals.mail.test_triage import arrived
from tests.referrals.stories import Story


@pytest.fixture
async def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


@pytest.fixture
def box_of(settings: Settings) -> Callable[..., Mailbox]:
    """`box_of(mailbox="imap", mailbox_port=...)`: the mailbox of these settings."""

    def made(**more: Any) -> Mailbox:
        given = {"mailbox_host": "127.0.0.1", "mailbox_tls": "off", "mailbox_user": USER, **more}
        found = mailbox_of(settings.model_copy(update=given))
        assert found is not None
        return found

    return made


@pytest.mark.parametrize("move", [True, False])
async def test_a_folder_at_an_imap_server_is_emptied_into_done(
    story: Story, db: Database, api: Api, box_of: Callable[..., Mailbox], settings: Settings, move: bool
) -> None:
    reference = (await story.row()).reference
    with dovecot(move=move) as server:
        box = box_of(mailbox="imap", mailbox_port=server.port, mailbox_password=SecretStr(PASSWORD))
        assert await fetch(db, box, None) == 0
        for number in range(3):
            server.put(mail(f"{reference} {number}"))
        server.put(b"no mail at all")
        nowhere = Database(settings.model_copy(update={"database_port": 1}), "referrals", "work")
        with pytest.raises(OperationalError):
            await fetch(nowhere, box, None)
        await nowhere.dispose()
        assert (server.count(), server.count(".Alongside done")) == (4, 0), "what is not committed stays"
        await asyncio.gather(fetch(db, box, None), fetch(db, box, None))
        await fetch(db, box, None)
        assert server.count() == 0 and server.count(".Alongside done") >= 4, "two at once may file one twice"
        assert len((await api.get("/mails", status="matched")).json()["items"]) == 3
        assert len((await api.get("/mails", status="refused")).json()["items"]) == 1
        assert await fetch(db, box, None) == 0 and len(await arrived(story)) == 4


async def test_an_account_with_oauth_is_read_and_a_wrong_secret_is_shown(
    story: Story, db: Database, box_of: Callable[..., Mailbox], as_role: Callable[..., Api]
) -> None:
    async with provider() as graph:
        with dovecot(tokeninfo=f"{graph.url}/tokeninfo?token=") as server:
            server.put(mail((await story.row()).reference))
            for secret, taken, why in (("wrong", 0, "token_refused"), (PASSWORD, 1, None)):
                box = box_of(
                    mailbox="imap", mailbox_port=server.port, mailbox_token_url=f"{graph.url}/token",
                    mailbox_client_id="alongside", mailbox_client_secret=SecretStr(secret),
                )  # fmt: skip
                assert await fetch(db, box, None) == taken
                watched = (await as_role("supervisor").get("/operations/watch")).json()["mails"]
                assert watched["mailbox_why"] == why
                assert (watched["mailbox_failing_since"] is None) == (why is None)
            assert server.count(".Alongside done") == 1
        assert await fetch(db, box, None) == 0
        assert (await as_role("supervisor").get("/operations/watch")).json()["mails"]["mailbox_why"] == "unreachable"


@pytest.mark.parametrize("trouble", ["none", "busy", "token"])
async def test_a_mailbox_by_graph_is_emptied_into_done(
    story: Story, db: Database, api: Api, box_of: Callable[..., Mailbox], trouble: str
) -> None:
    reference = (await story.row()).reference
    async with provider() as graph:
        for number in range(5):
            graph.put(mail(f"{reference} {number}"))
        box = box_of(
            mailbox="graph", mailbox_user=f"{USER}@ours.example", mailbox_folder="inbox",
            mailbox_token_url=f"{graph.url}/token", mailbox_graph_url=f"{graph.url}/v1.0",
            mailbox_client_id="alongside", mailbox_client_secret=SecretStr(PASSWORD),
        )  # fmt: skip
        if trouble == "token":
            await fetch(db, box, None)
            graph.tokens += 1  # what it has is taken no more
            graph.put(mail(f"{reference} and one more"))
        graph.busy = 2 if trouble == "busy" else 0
        await fetch(db, box, None)
        assert graph.holds("inbox") == 0 and graph.holds("done") == len(graph.messages)
        assert len((await api.get("/mails", status="matched")).json()["items"]) == len(graph.messages)
        assert await fetch(db, box, None) == 0
        # Stopped after the commit and before the move: it comes once more, and is one.
        graph.where = dict.fromkeys(graph.where, "inbox")
        assert await fetch(db, box, None) == len(graph.messages)
        assert len(await arrived(story)) == len(graph.messages) and graph.holds("inbox") == 0


async def test_names_and_passwords_are_not_only_english(
    story: Story, db: Database, api: Api, box_of: Callable[..., Mailbox]
) -> None:
    with dovecot(password="grün-€") as server:
        server.put(mail((await story.row()).reference))
        given = {"mailbox_password": SecretStr("grün-€"), "mailbox_done": "Für uns & erledigt"}
        assert await fetch(db, box_of(mailbox="imap", mailbox_port=server.port, **given), None) == 1
        assert server.count(".F&APw-r uns &- erledigt") == 1


async def test_an_email_that_a_server_does_not_give_holds_up_none_and_is_told(
    story: Story, db: Database, api: Api, box_of: Callable[..., Mailbox], as_role: Callable[..., Api]
) -> None:
    raw = mail((await story.row()).reference)
    whole = b"RFC822.SIZE 99999999 BODY[]<0> {%d}\r\n%s" % (len(raw), raw)
    messages = {"1": b"BODY[]<0> NIL", "2": b"NO", "3": b'BODY[]<0> ""', "4": whole}
    async with odd_imap(messages) as port:
        box = box_of(mailbox="imap", mailbox_port=port, mailbox_password=SecretStr(PASSWORD))
        assert await fetch(db, box, None) == 3 and list(messages) == ["2"]
    assert (await as_role("supervisor").get("/operations/watch")).json()["mails"]["mailbox_why"] == "cannot_fetch"
    assert len((await api.get("/mails", status="refused")).json()["items"]) == 2, "each is told"
    assert len((await api.get("/mails", status="matched")).json()["items"]) == 1, "whole, whatever size was guessed"


async def test_an_email_that_graph_does_not_give_or_move_holds_up_none(
    story: Story, db: Database, api: Api, box_of: Callable[..., Mailbox], as_role: Callable[..., Api]
) -> None:
    reference = (await story.row()).reference
    async with provider() as graph:
        for number in range(7):
            graph.put(mail(f"{reference} {number}"))
        damaged, stuck, *_ = graph.messages
        graph.damaged, graph.stuck = frozenset({damaged}), frozenset({stuck})
        box = box_of(
            mailbox="graph", mailbox_user=f"{USER}@ours.example", mailbox_folder="inbox",
            mailbox_token_url=f"{graph.url}/token", mailbox_graph_url=f"{graph.url}/v1.0",
            mailbox_client_id="alongside", mailbox_client_secret=SecretStr(PASSWORD),
        )  # fmt: skip
        assert await fetch(db, box, None) == 5 and graph.holds("done") == 5
        assert len((await api.get("/mails", status="matched")).json()["items"]) == 6
        watched = (await as_role("supervisor").get("/operations/watch")).json()["mails"]
        assert watched["mailbox_why"] == "unreachable"
        graph.damaged = graph.stuck = frozenset()
        assert await fetch(db, box, None) == 2 and graph.holds("inbox") == 0
        assert len((await api.get("/mails", status="matched")).json()["items"]) == 7
