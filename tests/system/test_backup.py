"""The drill: back up while work goes on, lose everything, put it back, and the work goes on."""

import asyncio
import json
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from uuid import uuid4

import pyrage

from deploy import children
from deploy.demo.setting import setting
from tests.system import truth
from tests.system.conftest import Home, MakeScene, worker_of
from tests.system.test_lost_stores import _reconcile  # pyright: ignore[reportPrivateUsage]
from tests.system.work import answer, refer, register_person, shown, until


async def test_a_backup_under_load_brings_everything_back(home: Home, make_scene: MakeScene, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"{key}\n")
    team = uuid4()
    scene = await make_scene(team)
    people = [await register_person(scene) for _ in range(2)]
    answered, silent = mine = [await refer(scene, person) for person in people]
    for referral in mine:
        await shown(scene, referral, stage="sent")
    before = {referral: await scene.board_row(referral) for referral in mine}
    backups = tmp_path / "backups"

    def begin() -> "asyncio.Future[Process]":
        return asyncio.ensure_future(_alongside("backup", backups, "--to", key.to_public(), "--data", home.folder))

    # Stopped in the middle: nothing is left that looks like a backup.
    stopped = await begin()
    await until(lambda: _unfinished(backups), "a backup has begun")
    children.send(stopped, signal.SIGTERM)
    _, told = await stopped.communicate()
    assert stopped.returncode == 1, told
    assert told.decode().strip() == "alongside: stopped by signal 15, no backup was made"
    assert list(backups.iterdir()) == []
    assert not home.stack.folder.last_backup.exists()

    over = asyncio.Event()
    during: list[str] = []

    async def work() -> None:
        while not over.is_set():
            during.append((await register_person(scene, plan=False)).person)

    load = asyncio.ensure_future(work())
    try:
        await until(lambda: _more(during, 2), "work goes on")
        so_far = list(during)
        process = await begin()
        said, told = await process.communicate()
        assert process.returncode == 0, told
        await until(lambda: _more(during, len(so_far) + 1), "work went on meanwhile")
    finally:
        over.set()
        await load
    [made] = backups.iterdir()
    assert said.decode().strip() == str(made)
    assert home.stack.folder.last_backup.exists(), "status says when"
    for file in made.iterdir():
        assert file.name == "manifest.json" or file.read_bytes().startswith(b"age-encryption.org/v1"), file

    process = await _alongside("verify", made, "--identity", tmp_path / "key")
    said, told = await process.communicate()
    assert process.returncode == 0, told
    assert said.decode().startswith(f"{made} can be restored")

    await home.stack.stop()
    shutil.rmtree(home.folder)
    process = await _alongside("restore", made, "--into", home.folder, "--identity", tmp_path / "key")
    said, told = await process.communicate()
    assert process.returncode == 0, told
    assert json.loads((made / "manifest.json").read_text())["begun"] in said.decode()

    await home.start()
    async with setting(home.stack, team, worker_of(team)) as after:
        after.cast.services = home.services
        for referral in mine:
            row = await shown(after, referral, stage="sent")
            assert row["next_at"] == before[referral]["next_at"]  # type: ignore[index]
        for person in so_far:
            assert (await after.worker.get("intake", f"/people/{person}"))["id"] == person

        async def nothing_left_to_mend() -> bool | None:
            mended = await _reconcile(home, "--deep")
            left = [mended[noun][what] for noun in ("plans", "referrals") for what in ("replaced", "ended")]
            return None if any(left) else True

        await until(nothing_left_to_mend, "nothing is left to mend")
        await answer(after, answered, "accept")
        await shown(after, answered, stage="accepted")
        await after.journey.leap()
        await shown(after, silent)
        await truth.check(after)


async def _alongside(*words: object) -> Process:
    return await children.begin(
        sys.executable,
        *("-m", "deploy.cli", *map(str, words)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


async def _unfinished(backups: Path) -> bool | None:
    return await asyncio.to_thread(lambda: any(backups.glob(".backup-unfinished/databases.tar.age"))) or None


async def _more(found: list[str], than: int) -> bool | None:
    return True if len(found) >= than else None
