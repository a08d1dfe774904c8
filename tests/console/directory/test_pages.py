"""Two people change an address, nobody alone; a supervisor shows and hides with a reason."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.conftest import PASSWORD, PHONE, PageAs, Worker
from tests.console.hand import Hand
from tests.console.looks import axe, screenshot

OLD, NEW, THIRD = "desk@synthetic-desk.invalid", "right@synthetic-desk.invalid", "feed@synthetic-desk.invalid"


def directory(name: str, email: str = OLD, title: str = "") -> dict[str, Any]:
    services = [{"id": f"{name}-one", "name": title or name, "status": "active", "email": email}]
    return {"contents": [{"id": name, "name": name, "services": services}]}


async def bring(scene: Setting, folder: Path, name: str, given: dict[str, Any]) -> None:
    (folder / "desk.json").write_text(json.dumps(given), encoding="utf-8")
    await scene.import_directory(folder / "desk.json", name)


@pytest.fixture
async def boss(hand: Hand) -> Hand:
    """Return the supervisor, in a browser of their own."""
    other = hand.other()
    await other.sign_in("supervisor", PASSWORD)
    return other


async def open_change(scene: Setting, name: str) -> Json:
    found = (await scene.worker.get("referrals", "/contact-changes"))["items"]
    return next(each for each in found if each["name"] == name)


async def test_an_address_is_put_right_by_two_people(
    hand: Hand, boss: Hand, worker: Worker, scene: Setting, tmp_path: Path, page_as: PageAs
) -> None:
    name = f"Synthetic desk {uuid4().hex[:8]}"
    await bring(scene, tmp_path, name, directory(name))
    [service] = await scene.worker.every("referrals", "/services", q=name)
    scene.cast.services["gp"] = service
    await scene.register()
    await scene.agree("gp")
    await scene.start_plan()
    draft = await scene.draft("gp")
    await hand.sign_in(worker.sign_in, PASSWORD)
    assert OLD in (await hand.get(f"/referrals/{draft}/preview")).text, "where it will go is seen before it goes"
    await scene.move(draft, "send")
    await scene.reached(draft, "sent")
    await scene.worker.post("referrals", f"/referrals/{draft}/replies", {"outcome": "never_got_it"})
    await scene.reached(draft, "undeliverable")
    right = f"/contact-changes/services/{service['id']}"
    shown = (await hand.get(f"/referrals/{draft}")).text
    assert "Our email did not arrive" in shown and OLD in shown and f'href="{right}"' in shown
    await bring(scene, tmp_path, name, directory(name, THIRD))
    feed = await open_change(scene, name)
    today = (await hand.get("/today")).text
    assert "/contact-changes" in today and "to confirm" in today, "what a feed proposes is told of"
    assert f"by the directory {name}" in (await hand.get("/contact-changes")).text
    assert (await hand.post(f"/contact-changes/{feed['id']}", {"confirm": "no"})).status_code == 303
    assert (await scene.worker.get("referrals", f"/services/{service['id']}"))["email"] == OLD
    await hand.get(right)
    for wrong in ({}, {"email": OLD}, {"email": "no address"}):
        assert (await hand.post(right, wrong)).status_code == 422
    assert (await hand.post(right, {"email": NEW})).status_code == 303
    change = await open_change(scene, name)
    decide = f"/contact-changes/{change['id']}"
    mine = unescape((await hand.get("/contact-changes")).text)
    assert mine.index("For somebody else to confirm") < mine.index(name), "not by the one who proposed it"
    refused = await hand.post(decide, {"confirm": "yes"})
    assert refused.status_code == 409 and "Somebody else confirms it" in refused.text
    assert re.search(r"\d+ changed address(es)? or numbers? to confirm", (await boss.get("/board")).text)
    page = await page_as("supervisor", PHONE)
    await page.goto("/contact-changes")
    await axe(page)
    await screenshot(page, "contact-changes")
    await boss.get("/contact-changes")
    assert (await boss.post(decide, {"confirm": "yes"})).status_code == 303
    assert (await scene.worker.get("referrals", f"/services/{service['id']}"))["email"] == NEW
    await page.goto(right)
    history = await page.inner_text("main")
    assert "Refused" in history and "Confirmed" in history and NEW in history and THIRD in history
    await axe(page)
    await screenshot(page, "contact-service")


async def test_a_supervisor_shows_and_hides_with_a_reason(
    hand: Hand, boss: Hand, worker: Worker, scene: Setting, tmp_path: Path, page_as: PageAs
) -> None:
    name = f"Synthetic house {uuid4().hex[:8]}"
    title = f"{name} women's refuge"
    await bring(scene, tmp_path, name, directory(name, title=title))
    await hand.sign_in(worker.sign_in, PASSWORD)
    assert (await hand.get("/hidden-services")).status_code == 403
    rows = (await scene.supervisor.get("referrals", "/hidden-services"))["items"]
    service = next(row["id"] for row in rows if row["name"] == title)
    listed = unescape((await boss.get("/hidden-services")).text)
    assert title in listed and "A rule hides it: “refuge”" in listed and OLD not in listed
    form = f"/hidden-services/{service}"
    page = await page_as("supervisor", PHONE)
    for path, picture in (("/hidden-services", "hidden-services"), (form, "hidden-service")):
        await page.goto(path)
        await axe(page)
        await screenshot(page, picture)
    await boss.get(form)
    assert "Choose the reason" in (await boss.post(form, {"hide": "no"})).text
    assert (await boss.post(form, {"hide": "no", "why": "not_a_refuge"})).status_code == 303
    listed = unescape((await boss.get("/hidden-services")).text)
    assert "it is not a place of safety" in listed.split("Shown by one of us")[1]
    assert await scene.worker.every("referrals", "/services", q=title), "it is found"
    await boss.get(form)
    assert (await boss.post(form, {"hide": "yes", "why": "place_of_safety"})).status_code == 303
    assert not await scene.worker.every("referrals", "/services", q=title)
