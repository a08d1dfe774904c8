"""Rules in plain words: when one begins, how long it lasts, when its steps run, how two differ. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.console.referral.picture import rung
from services.console.web.words import REFERRAL, day, many, moment, plain, short_day, time
from shared.practice.model import Length

Json = Mapping[str, Any]

PATHWAYS = {
    "any": "Every service",
    "tb": "TB",
    "sau": "Addictions (SAU)",
    "dosh": "Sexual health (DoSH)",
    "hepatitis_c": "Hepatitis C",
    "hiv": "HIV",
    "gp": "GP practices",
    "prison_release": "After prison",
    "caseload": "Our own caseload",
    "data_rights": "The person’s rights over their data",
}
_BEGINS = {
    "awaiting_consent": "A referral waits for consent",
    "sent": "A referral is sent",
    "undeliverable": "We learn that a referral did not arrive",
    "acknowledged": "The service has seen the referral",
    "waitlisted": "The service puts the person on its waiting list, without a date",
    "question": "The service asks us something",
    "accepted": "The service accepts",
    "booked": "An appointment is booked",
    "attended": "The service sees the person",
    "in_treatment": "Treatment begins, or goes on",
    "imaging_result_received": "The result of the imaging comes",
    "active_tb_diagnosed": "Active TB is found",
    "active_tb_diagnosed_homeless": "Active TB is found, and the person has no home",
    "own_contact": "The person contacts the service",
    "positive_result": "A positive result comes",
    "application": "The person applies to the council",
    "prevention_duty_accepted": "The council accepts a prevention duty",
    "relief_duty_accepted": "The council accepts a relief duty",
    "registration_refused": "A practice refuses to register the person",
    "released": "The person is released",
    "noticed": "Somebody notices a concern",
    "complaint_received": "A complaint comes",
    "access_requested": "The person asks to see their data",
    "waiting": "Waiting for a worker",
}
_TURNS = {"agency": "The service’s", "us": "Ours", "nobody": "Nobody’s: it is only reported"}


def pathway(clock: Json) -> str:
    return PATHWAYS.get(clock["pathway"], plain(clock["pathway"]).capitalize())


def title(clock: Json) -> str:
    """Write its name; a state in which no time runs for anybody is called as everywhere else."""
    if clock["length"] is None and clock["whose"] == "nobody":
        return REFERRAL[clock["from_event"]]
    return clock["name"][:1].upper() + clock["name"][1:]


def begins(clock: Json) -> str:
    """Write what starts the clock, as a sentence without its end."""
    if clock["starts_when"] == "appointment_at":
        return "The time of an appointment comes"
    return _BEGINS.get(clock["from_event"], plain(clock["from_event"]).capitalize())


def turn(clock: Json) -> str:
    return _TURNS[clock["whose"]]


def lasts(length: Json | None) -> str:
    """Write a length as "5 working days"; "no time runs" without one."""
    if length is None:
        return "no time runs"
    words = Length(length["n"], length["unit"]).words()
    return f"until {words} the appointment" if length["unit"] == "before_date" else words


def summary(clock: Json) -> str:
    """Write a rule in one line of the list: "5 working days, 6 steps"."""
    if clock["in_force_until"]:
        return f"{lasts(clock['length'])}, until {day(clock['in_force_until'])}: not in force any more"
    if clock["length"] is None:
        return f"no time runs: {clock['off_reason']}"
    return f"{lasts(clock['length'])}, {many(len(clock['steps']), 'step') if clock['steps'] else 'no steps'}"


def source(clock: Json) -> str:
    """Write where the rule comes from: the name of a cited source, or "ours" with its explanation."""
    if clock["source_kind"] == "cited":
        return clock["source"]
    return "ours" if clock["source"] == "ours" else f"ours ({clock['source'].removeprefix('ours: ')})"


def case(clock: Json, example: Json) -> str:
    """Write the typical case in one sentence."""
    visit = f", for {moment(example['appointment_at'])}" if example["appointment_at"] else ""
    still = "nobody answers" if clock["whose"] == "agency" else "nothing is done"
    return f"{begins(clock)} on {moment(example['opened_at'])}{visit}, and {still}."


def in_force(clock: Json, by: str) -> str:
    """Write since when the rule is in force, and by whom."""
    until = f" until {day(clock['in_force_until'])}: not in force any more" if clock["in_force_until"] else ""
    if clock["ours"]:
        back = " (back to what every team starts from)" if clock["as_default"] else ""
        return f"since {moment(clock['changed_at'])}, by {by}{back}"
    if clock["in_force_from"]:
        return f"since {day(clock['in_force_from'])}{until}. Every team starts from it"
    return f"from the beginning{until}. Every team starts from it"


def bank_holidays(example: Json) -> str:
    """Write which bank holidays lie within a case."""
    days = [day(each) for each in example["bank_holidays"]]
    return f"Bank holidays on the way, which are no working days: {', '.join(days)}." if days else ""


# -- steps


def act(step: Json, clock: Json) -> str:
    """Return the label of a step: "Tell the supervisor"."""
    return rung(step["action"], clock["whose"] == "agency")


def place(step: Json) -> str:
    """Write when a step runs: "2 working days after the time is up, then every 20 working days"."""
    days = many(step["days"], "working day")
    where = {
        "opened": f"{days} after it begins",
        "before": f"{days} before the time is up",
        "half": "when half of the time is gone",
        "at": "when the time is up",
        "after": f"{days} after the time is up",
    }[step["when"]]
    return f"{where}, then every {many(step['every'], 'working day')}" if step["every"] else where


def on(at: str, *, to_the_minute: bool) -> str:
    """Write a date as "Thu 3 Dec", with the time where it matters.

    The year would not fit on a phone, and no date is far away.
    """
    return f"{short_day(at)} at {time(at)}" if to_the_minute else short_day(at)


# -- two versions


def differences(before: Json, after: Json, cases: tuple[Json, Json] | None = None) -> list[str]:
    """List what the second rule says otherwise, a sentence each; with both typical cases also on which day."""
    return list(_differences(before, after, cases))


def _differences(before: Json, after: Json, cases: tuple[Json, Json] | None) -> Iterator[str]:
    if before["length"] != after["length"]:
        yield f"It may take {lasts(after['length'])}, instead of {lasts(before['length'])}."
    if after["ladder"] == "off" and before["ladder"] != "off":
        yield f"There are no automatic steps any more. Why: {after['off_reason']}"
    elif after["ladder"] == "off" and before["off_reason"] != after["off_reason"]:
        yield f"Why nothing happens: {after['off_reason']}"
    yield from _steps(before, after, cases)
    if source(before) != source(after):
        yield f"Source: {source(after)}, instead of {source(before)}."


def _steps(before: Json, after: Json, cases: tuple[Json, Json] | None) -> Iterator[str]:
    old = {step["action"]: step for step in before["steps"]}
    new = {step["action"]: step for step in after["steps"]}
    days = tuple({each["action"]: _on(case, each) for each in case["steps"]} for case in cases or ())
    if after["ladder"] != "off":
        yield from (f"No longer: {_lower(act(step, before))}." for action, step in old.items() if action not in new)
    for action, step in new.items():
        name, there = act(step, after), f" ({days[1][action]})" if days else ""
        if action not in old:
            yield f"New: {_lower(name)}, {place(step)}{there}."
        elif place(old[action]) != place(step):
            was = f" ({days[0][action]})" if days else ""
            yield f"{name}: {place(step)}{there}, instead of {place(old[action])}{was}."
        elif days and days[0][action] != days[1][action]:
            yield f"{name}: on {days[1][action]}, instead of {days[0][action]}."


def _on(case: Json, step: Json) -> str:
    return on(step["at"], to_the_minute=case["in_hours"])


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
