"""A second referral of the same person, and one to a service that is closed: asked about, and no dead end."""

import json
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.demo.setting import Setting
from tests.console.conftest import PASSWORD, PHONE, PageAs, Worker
from tests.console.hand import Hand
from tests.console.looks import axe, screenshot
from tests.console.referral.conftest import press


def directory(name: str, status: str = "active") -> dict[str, Any]:
    """One agency with a service that has a number with an extension, and something said beside it."""
    service = {
        "id": f"{name}-one",
        "name": name,
        "status": status,
        "phones": [{"id": f"{name}-phone", "number": "020 7946 0081 ext. 12 (option 2)"}],
    }
    return {"contents": [{"id": name, "name": name, "email": "desk@synthetic-desk.invalid", "services": [service]}]}


@pytest.fixture
async def closing(scene: Setting, tmp_path: Path) -> str:
    """Return the name of an open service; `bring(..., "defunct")` closes it."""
    name = f"Synthetic desk {uuid4().hex[:8]}"
    await bring(scene, tmp_path, name)
    return name


async def bring(scene: Setting, folder: Path, name: str, status: str = "active") -> str:
    (folder / "desk.json").write_text(json.dumps(directory(name, status)), encoding="utf-8")
    await scene.import_directory(folder / "desk.json", name)
    [found] = await scene.worker.every("referrals", "/services", q=name, closed=True)
    return str(found["id"])


async def written(scene: Setting, person: str) -> list[str]:
    return [row["id"] for row in await scene.worker.every("referrals", "/referrals", person_id=person)]


async def test_a_second_referral_is_asked_about_and_can_be_meant(
    hand: Hand, worker: Worker, scene: Setting, person: str, page_as: PageAs
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    service = scene.cast.services["tb"]["id"]
    address = f"/referrals/new?person={person}&service={service}"
    assert "Why refer again?" not in (await hand.get(address)).text
    fields = {"person": person, "service": service, "need": "assess"}
    assert (await hand.post("/referrals/new", fields)).status_code == 303
    [first] = await written(scene, person)
    for path in ("/referrals/new", "/referrals/walk-in"):
        again = await hand.post(path, fields)
        assert again.status_code == 422 and "Why refer again? Say why" in again.text
        assert f'href="/referrals/{first}"' in again.text and "Written by you on" in again.text
        assert "(today)" in again.text and "Status: Not sent yet" in again.text
    page = await page_as("worker", PHONE)
    await page.goto(address)
    await axe(page)
    await screenshot(page, "referral-again")
    await press(page, "Record a walk-in")
    assert "say why" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await axe(page)
    await page.fill("[name=again_because]", "Another need (synthetic)")
    await press(page, "Record a walk-in")
    assert "/referrals/" in page.url and len(await written(scene, person)) == 2
    meant = await hand.post("/referrals/new", {**fields, "again_because": "Another need (synthetic)"})
    assert meant.status_code == 303 and len(await written(scene, person)) == 3


async def test_a_closed_service_says_so_and_can_be_meant(
    hand: Hand, worker: Worker, scene: Setting, person: str, closing: str, tmp_path: Path, page_as: PageAs
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    service = await bring(scene, tmp_path, closing)
    fields = {"person": person, "service": service, "need": "help"}
    await hand.get(f"/referrals/new?person={person}&service={service}")
    assert (await hand.post("/referrals/new", fields)).status_code == 303
    [first] = await written(scene, person)
    await bring(scene, tmp_path, closing, "defunct")

    async def asked() -> str | None:
        tasks = await scene.worker.every("casework", "/tasks", mine=True, kind="service_shut")
        return next((task["id"] for task in tasks if task["referral_id"] == first), None)

    task = await scene.soon(asked)
    today = unescape((await hand.get("/today")).text)
    assert "has closed: ask another one, or close the referral" in today and task in today
    shown = unescape((await hand.get(f"/referrals/{first}")).text)
    assert "This service is closed" in shown and "its source says 'defunct'" in shown
    assert f"/referrals/choose?person={person}" in shown and f"/referrals/{first}/decide" in shown
    assert "The service has closed" in shown, "in its history"
    assert "This service is closed" in (await hand.get(f"/referrals/{first}/preview")).text
    listed = await hand.get(f"/referrals/choose?person={person}&q={closing.replace(' ', '+')}")
    assert "No service in the directory fits" in listed.text and "Also services that are closed" in listed.text
    listed = await hand.get(f"/referrals/choose?person={person}&q={closing.replace(' ', '+')}&closed=yes")
    assert "its source says" in listed.text and f"service={service}" in listed.text
    more = {**fields, "again_because": "It opens again on Monday (synthetic)"}
    refused = await hand.post("/referrals/new", more)
    assert refused.status_code == 422 and "Refer although it is closed: tick this" in refused.text
    page = await page_as("worker", PHONE)
    await page.goto(f"/referrals/new?person={person}&service={service}")
    await axe(page)
    await screenshot(page, "referral-closed")
    meant = await hand.post("/referrals/new", {**more, "although_closed": "yes"})
    assert meant.status_code == 303 and len(await written(scene, person)) == 2


async def test_what_is_dialled_has_its_extension_and_what_is_said_beside_it(
    hand: Hand, worker: Worker, scene: Setting, person: str, closing: str
) -> None:
    [service] = await scene.worker.every("referrals", "/services", q=closing)
    scene.cast.services["gp"] = service
    await scene.agree("gp")
    referral = await scene.refer("gp")
    await hand.sign_in(worker.sign_in, PASSWORD)
    shown = (await hand.get(f"/referrals/{referral}/call")).text
    assert 'href="tel:+44-20-7946-0081;ext=12"' in shown and "(option 2)" in shown


async def test_a_plan_that_starts_asks_the_same(
    hand: Hand, worker: Worker, scene: Setting, closing: str, tmp_path: Path
) -> None:
    person = await scene.register()
    service = await bring(scene, tmp_path, closing)
    await scene.worker.post("casework", "/cases", {"person_id": person})
    body = {"person_id": person, "service_id": service, "walk_in": True}
    await scene.worker.post("referrals", "/referrals", body)
    await bring(scene, tmp_path, closing, "closed")
    await hand.sign_in(worker.sign_in, PASSWORD)
    await hand.get(f"/plan-start?person={person}")
    ask = {"person": person, "step": "referrals", "to": "on", "service": service, f"ask.{service}.need": "help"}
    ask |= {"goals": "a bed (synthetic)", "phase": "transition"}
    refused = await hand.post("/plan-start/step", ask)
    assert refused.status_code == 422
    assert (
        f"Why refer to {closing} again?" in refused.text and f"Refer to {closing} although it is closed" in refused.text
    )
    more = {f"ask.{service}.again_because": "Another need (synthetic)", f"ask.{service}.although_closed": "yes"}
    assert "What will run" in (await hand.post("/plan-start/step", {**ask, **more})).text
    started = await hand.post("/plan-start", {**ask, **more})
    assert started.status_code == 303 and len(await written(scene, person)) == 2
