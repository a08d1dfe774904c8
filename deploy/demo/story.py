"""The main job from a first meeting to a closed plan, each step checked from outside."""

import os
import signal
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.api import Json
from deploy.demo.checkpoints import Checkpoints
from deploy.demo.setting import Setting
from shared import clock

Detail = dict[str, Any]
# Longer than the rest of the agency's ladder: a rung of the answered stage would fire in these days.
QUIET_DAYS = 30
NOT_LEFT = "our email has not been sent"


async def tell(checkpoints: Checkpoints, setting: Setting) -> None:
    """Run every checkpoint except the last. Raise CheckpointFailed at the first that fails."""
    told = Story(setting)
    run = checkpoints.run
    await run("stack_ready", "Three engines, three services and the worker answer", told.ready)
    await run("directory_loaded", "A synthetic directory of services is imported", told.directory)
    await run("person_registered", "The worker registers a person by an alias, nothing more", told.person)
    await run("consent_recorded", "The person agrees what the TB service may know and may tell us", told.consent)
    await run("plan_started", "An intensive case plan is started", told.plan)
    await run("plan_running", "Its workflow runs and the board shows what it waits for", told.running)
    await run("referral_sent", "A referral leaves, with intake's permit", told.sent)
    await run("agency_reminded", "The service stays silent and is reminded", told.reminded)
    await run("worker_asked", "Still silent: the worker is asked to ring them", told.asked)
    await run("supervisor_told", "Still silent: the supervisor is told", told.supervisor_told)
    await run("stalled_on_board", "The board shows it waiting too long, and why", told.stalled)
    await run(
        "worker_killed_and_back", "The worker is killed; the next step still comes, once, on its day", told.killed
    )
    await run("agency_replied", "The service accepts with the link in its email, no account", told.replied)
    await run("escalation_stopped", f"{QUIET_DAYS} days on, no further step of that stage came", told.stopped)
    await run("appointment_booked", "The service gives an appointment", told.booked)
    await run("person_told", "The person is told when and where", told.person_told)
    await run("missed_then_rebooked", "The person misses it; it is booked again and they are told", told.rebooked)
    await run("attended", "The person attends", told.attended)
    await run("referral_completed", "The referral is completed", told.completed)
    await run("declined_opens_next_step", "A second service says no: a next step is owed", told.declined)
    await run("plan_reviewed", "The supervisor reviews the plan", told.reviewed)
    await run("plan_closed", "The supervisor agrees to close it", told.closed)
    await run("sent_after_mail_left", "Intake is frozen: nothing counts as sent until the email left", told.mail_left)
    await run("called_where_no_address", "A service without an address is sent to by the recorded call", told.called)


class Story:
    def __init__(self, setting: Setting) -> None:
        self.s = setting
        self.cast = setting.cast

    async def ready(self) -> Detail:
        for service in ("intake", "casework", "referrals"):
            answer = await self.s.agency.get(service, "/readyz")
            assert answer["ready"], f"{service} is not ready: {answer}"
        return {"processes": len(self.s.stack.pids)}

    async def directory(self) -> Detail:
        await self.s.load_directory()
        assert {"tb", "housing"} <= set(self.cast.services), f"the directory lacks a pathway: {self.cast.services}"
        return {"services": len(self.cast.services)}

    async def person(self) -> Detail:
        await self.s.register()
        found = await self.s.worker.get("intake", f"/people/{self.cast.person}")
        assert found["safe_contact"]["channels"] == ["in_person"], found["safe_contact"]
        await self.s.meet()
        return {"person": self.cast.person}

    async def consent(self) -> Detail:
        for pathway in ("tb", "housing"):
            await self.s.agree(pathway)
        consents = await self.s.worker.every("intake", f"/people/{self.cast.person}/consents")
        assert len(consents) == 2 and all(consent["live"] for consent in consents), consents
        return {"may_tell_us": ", ".join(consents[0]["may_tell_us"])}

    async def plan(self) -> Detail:
        await self.s.start_plan()
        found = await self.s.worker.get("casework", f"/plans/{self.cast.plan}")
        return {"phase": found["phase"], "plan": found["id"]}

    async def running(self) -> Detail:
        async def on_board() -> Json | None:
            row = await self.s.board_row(self.cast.plan)
            return row if row and row["next_at"] else None

        row = await self.s.soon(on_board)
        return {"waits_for": row["waiting_for"], "next": row["next_step"], "next_at": row["next_at"]}

    async def sent(self) -> Detail:
        self.cast.referral = await self.s.refer("tb")
        message = await self.s.mail_sent(self.cast.referral, "first")
        return {"reference": await self._reference(), "message": message["id"]}

    async def reminded(self) -> Detail:
        async def reminder() -> Json | None:
            sent = await self.s.messages(referral_id=self.cast.referral, kind="reminders", status="sent")
            return sent[0] if sent else None

        message = await self.s.leap_until(reminder)
        return {"message": message["id"]}

    async def asked(self) -> Detail:
        return await self._task("ask_worker", "worker")

    async def supervisor_told(self) -> Detail:
        return await self._task("tell_supervisor", "supervisor")

    async def stalled(self) -> Detail:
        async def stalled() -> Json | None:
            rows = await self.s.supervisor.every("casework", "/board", stalled=True)
            return next((row for row in rows if row["id"] == self.cast.referral), None)

        row = await self.s.soon(stalled)
        return {"waits_for": row["waiting_for"], "rule": row["rule"], "level": row["level"], "next": row["next_step"]}

    async def killed(self) -> Detail:
        before = await self._fired()
        due = await self._next_rung()
        pid = self.s.stack.kill("worker")
        await self.s.stack.wait_ready("worker")

        async def later() -> list[Json] | None:
            fired = await self._fired()
            return fired if len(fired) > len(before) else None

        after = await self.s.leap_until(later)
        new = after[len(before) :]
        keys = [(rung["clock"], rung["action"], rung["occurrence"]) for rung in after]
        assert len(keys) == len(set(keys)), f"a step came twice: {keys}"
        assert [rung["action"] for rung in new] == [due["action"]], f"expected {due['action']}, saw {new}"
        assert clock.local_date(_at(new[0]["fired_at"])) == clock.local_date(_at(due["at"])), (new, due)
        return {"killed_pid": pid, "step": due["action"], "on": str(clock.local_date(_at(new[0]["fired_at"])))}

    async def replied(self) -> Detail:
        messages = await self.s.messages(referral_id=self.cast.referral, kind="reminders", status="sent")
        token = self.s.token_from_mail(messages[0]["id"])
        shown = await self.s.agency.post("referrals", "/replies/open", {"token": token})
        assert "Synthetic Sam" not in str(shown), "a name stood outside the second step"
        await self.s.answer(messages[0]["id"], "accept")
        return {"state": await self.s.reached(self.cast.referral, "accepted")}

    async def stopped(self) -> Detail:
        answered = await self._fired()
        entry = max(rung["stage_entry"] for rung in answered)
        until = clock.now() + timedelta(days=QUIET_DAYS)
        await self.s.travel(until)
        fired = [rung for rung in await self._fired() if rung["stage_entry"] == entry]
        assert fired == [rung for rung in answered if rung["stage_entry"] == entry], (
            f"a step came after the answer: {fired}"
        )
        return {"days": QUIET_DAYS, "steps_of_that_stage": len(fired)}

    async def booked(self) -> Detail:
        at = await self._book()
        return {"appointment": at}

    async def person_told(self) -> Detail:
        return await self._inform_person()

    async def rebooked(self) -> Detail:
        found = await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}")
        await self.s.travel(_at(found["appointment"]["at"]) + timedelta(hours=2))
        await self._move("miss", miss_kind="did_not_come")
        assert await self.s.reached(self.cast.referral, "accepted")
        await self._book()
        return await self._inform_person()

    async def attended(self) -> Detail:
        found = await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}")
        await self.s.travel(_at(found["appointment"]["at"]) + timedelta(hours=2))
        await self._move("attend")
        return {"state": await self.s.reached(self.cast.referral, "attended")}

    async def completed(self) -> Detail:
        await self._move("complete")
        await self.s.reached(self.cast.referral, "completed")

        async def gone() -> bool | None:
            return True if await self.s.board_row(self.cast.referral) is None else None

        await self.s.soon(gone)
        return {"state": "completed"}

    async def declined(self) -> Detail:
        referral = await self.s.refer("housing")
        mail = await self.s.mail_sent(referral, "first")
        await self.s.answer(mail["id"], "decline", reason="no_capacity")
        await self.s.reached(referral, "declined")

        async def owed() -> Json | None:
            steps = await self.s.worker.every("casework", "/next-steps")
            return next((step for step in steps if step["referral_id"] == referral), None)

        step = await self.s.soon(owed)
        body = {"what": "ask the day centre about its waiting list (synthetic)"}
        await self.s.worker.post("casework", f"/next-steps/{step['id']}/record", body)
        return {"next_step": step["id"]}

    async def reviewed(self) -> Detail:
        answer = await self.s.supervisor.post("casework", f"/plans/{self.cast.plan}/review", {})
        assert answer["done"], answer
        return {"reviewed_at": answer["plan"]["reviewed_at"]}

    async def closed(self) -> Detail:
        await self.s.supervisor.post("casework", f"/plans/{self.cast.plan}/close", {"reason": "goals_met"})

        async def gone() -> bool | None:
            return True if await self.s.board_row(self.cast.plan) is None else None

        await self.s.soon(gone)
        case = await self.s.worker.get("casework", f"/cases/{self.cast.case}")
        return {"case": case["stage"]}

    async def mail_left(self) -> Detail:
        self.cast.plan = ""  # the plan is closed: later referrals belong to no plan
        referral = await self.s.draft("housing")
        intake = self.s.stack.pid("intake")
        assert intake is not None, "intake is not up"
        os.kill(intake, signal.SIGSTOP)
        try:
            await self.s.move(referral, "send")
            why = await self.s.soon(lambda: self._waits(referral))

            async def board_says_so() -> str | None:
                row = await self.s.board_row(referral)
                return row["waiting_for"] if row and row["waiting_for"].startswith(NOT_LEFT) else None

            on_board = await self.s.soon(board_says_so)
            assert await self.s.state_of(referral) == "draft", "it counts as sent although nothing left"
            assert not await self.s.messages(referral_id=referral, status="sent"), "a message says that it left"
        finally:
            os.kill(intake, signal.SIGCONT)
        await self.s.reached(referral, "sent")
        message = await self.s.mail_sent(referral, "first")
        self.s.token_from_mail(message["id"])
        found = await self.s.worker.get("referrals", f"/referrals/{referral}")
        assert _at(found["since"]) >= _at(message["sent_at"]), (found["since"], message["sent_at"])
        await self.s.soon(lambda: self._disclosed(referral))
        return {"waited_for": why, "board": on_board, "sent_at": message["sent_at"]}

    async def called(self) -> Detail:
        await self.s.agree("legal")
        referral = await self.s.draft("legal")
        await self.s.move(referral, "send")
        why = await self.s.soon(lambda: self._waits(referral))
        assert why == "call", f"it waits for {why}, not for a call"
        task = await self.s.soon(lambda: self._to_ring(referral))
        assert await self.s.state_of(referral) == "draft", "it counts as sent although nobody rang"
        assert await self._disclosed(referral) is None, "a disclosure that nobody made"
        await self.s.worker.post("referrals", f"/referrals/{referral}/replies", {"outcome": "spoke"})
        await self.s.reached(referral, "sent")
        await self.s.soon(lambda: self._disclosed(referral))

        async def closed() -> bool | None:
            return True if await self._to_ring(referral) is None else None

        await self.s.soon(closed)
        return {"task": task["kind"], "state": await self.s.state_of(referral)}

    # -- small steps several checkpoints take

    async def _waits(self, referral: str) -> str | None:
        """Return why the referral has not been sent yet."""
        return (await self.s.worker.get("referrals", f"/referrals/{referral}"))["sending_waits"]

    async def _to_ring(self, referral: str) -> Json | None:
        """Return the open task to ring this service."""
        tasks = await self.s.worker.every("casework", "/tasks")
        return next((t for t in tasks if t["kind"] == "ring_to_refer" and t["referral_id"] == referral), None)

    async def _disclosed(self, referral: str) -> Json | None:
        """Return the disclosure of this referral, once intake has recorded it."""
        found = await self.s.worker.every("intake", f"/people/{self.cast.person}/disclosures")
        return next((each for each in found if each["referral_id"] == referral), None)

    async def _reference(self) -> str:
        return str((await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}"))["reference"])

    async def _fired(self) -> list[Json]:
        rungs = await self.s.escalations(self.cast.referral)
        return sorted((rung for rung in rungs if rung["outcome"] == "fired"), key=lambda rung: rung["fired_at"])

    async def _next_rung(self) -> Json:
        ladder = await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}/ladder")
        planned = [rung for rung in ladder["steps"] if rung["outcome"] == "planned"]
        return min(planned, key=lambda rung: rung["at"])

    async def _task(self, action: str, role: str) -> Detail:
        caller = self.s.worker if role == "worker" else self.s.supervisor

        async def task() -> Json | None:
            tasks = await caller.every("casework", "/tasks")
            return next((task for task in tasks if task["kind"] == action and self._is_about_it(task)), None)

        found = await self.s.leap_until(task)
        return {"task": found["kind"], "due": found["due_at"]}

    def _is_about_it(self, task: Json) -> bool:
        referrals = [line["referral_id"] for line in task["lines"]]
        return self.cast.referral in [task["referral_id"], *referrals]

    async def _move(self, move: str, **more: Any) -> None:
        await self.s.move(self.cast.referral, move, **more)

    async def _book(self) -> str:
        at = (clock.now() + timedelta(days=7)).replace(hour=14, minute=0, second=0, microsecond=0).isoformat()
        messages = await self.s.messages(referral_id=self.cast.referral, status="sent")
        appointment = {"at": at, "place": "Synthetic clinic, room 1"}
        await self.s.answer(messages[0]["id"], "book", appointment=appointment, safe_contact_confirmed=True)
        await self.s.reached(self.cast.referral, "booked")
        return at

    async def _inform_person(self) -> Detail:
        found = await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}")
        appointment = found["appointment"]
        path = f"/referrals/{self.cast.referral}/appointments/{appointment['id']}"
        # The appointment came by the link alone: the service is rung before the person is informed.
        await self.s.worker.post("referrals", f"{path}/confirmed", {})
        await self.s.worker.post("referrals", f"{path}/told", {"how": "in_person"})
        found = await self.s.worker.get("referrals", f"/referrals/{self.cast.referral}")
        assert found["appointment"]["told_at"], found["appointment"]
        return {"appointment": appointment["at"], "told_at": found["appointment"]["told_at"]}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
