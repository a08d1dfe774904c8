"""The mail relay of a run: our own transport cannot tell it from another."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from deploy.chaos.relay import Relay
from services.referrals.outbound import transport
from services.referrals.outbound.refusals import Trouble
from shared.settings import Settings


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    found = Relay(tmp_path)
    await found.start()
    yield found
    await found.stop()


async def _send(relay: Relay) -> None:
    given = {name.removeprefix("ALONGSIDE_").lower(): value for name, value in relay.settings().items()}
    mail = EmailMessage()
    mail["Message-ID"] = "<one@alongside.invalid>"
    mail.set_content(".a line with a point\nand the next (synthetic)\n")
    async with transport.Relay(Settings(**given)).open() as way:  # type: ignore[arg-type]
        await way.send("one", "from@alongside.invalid", "to@synthetic.invalid", mail)


async def test_it_takes_an_email_as_it_is_and_counts_it(relay: Relay, tmp_path: Path) -> None:
    await _send(relay)
    await _send(relay)
    assert relay.taken == {"one": 2}
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.eml"]  # noqa: ASYNC240
    assert b"\n.a line with a point" in (tmp_path / "one.eml").read_bytes()


async def test_refusing_is_about_us_and_ends(relay: Relay) -> None:
    async with relay.refusing():
        with pytest.raises(transport.NotSent) as refused:
            await _send(relay)
    assert refused.value.trouble is Trouble.POLICY
    assert (relay.refused, relay.taken) == (1, {})
    await _send(relay)
    assert relay.taken == {"one": 1}
