"""The name that services see: chosen by its holder, told with a referral, and never a piece of the display name."""

from deploy.demo.setting import Setting
from tests.console.conftest import PASSWORD, Home, Worker
from tests.console.hand import Hand


async def test_services_see_the_name_that_was_chosen_or_none(
    home: Home, hand: Hand, worker: Worker, scene: Setting
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    person = await scene.register("Synthetic Agnes")
    new = f"/referrals/new?person={person}&service={scene.cast.services['tb']['id']}"
    before = (await hand.get(new)).text
    assert "Services read no name of yours" in before and "talk to <strong>020 7946 0000</strong>" in before
    assert "/account/contact-name" in (await hand.get("/account")).text
    await hand.get("/account/contact-name")
    long = await hand.post("/account/contact-name", {"name": "x" * 61})
    assert long.status_code == 422 and "nhsuk-error-summary" in long.text
    saved = await hand.post("/account/contact-name", {"name": "Dr Mary"})
    assert saved.status_code == 303 and saved.headers["location"] == "/account"
    assert 'value="Dr Mary"' in (await hand.get("/account/contact-name")).text
    assert "talk to <strong>Dr Mary, 020 7946 0000</strong>" in (await hand.get(new)).text


async def test_who_works_with_nobody_has_no_such_name(home: Home, hand: Hand) -> None:
    await hand.sign_in("admin", PASSWORD)
    assert "/account/contact-name" not in (await hand.get("/account")).text
    assert (await hand.get("/account/contact-name")).status_code == 403
