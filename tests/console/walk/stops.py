"""The round through every page: one stop for each GET route of the console, whose it is and which address shows it.

A new route needs a stop here (tests/house/test_pages.py says which one is missing): it is then read by axe, weighed,
measured and pictured at both widths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.board.commands import COMMANDS
from services.console.referral.acts import ACTS

# These answer with something that nobody reads, or lead on at once.
NO_PAGES = {
    "/mails/{mail_id}/files/{file_id}": "a file, to be kept by who opens it",
    "/": "leads to where one begins",
    "/r{tail}": "/r once more, for a link that was broken on its way (tests/console/agency looks at it)",
    "/plan-start/step": "leads back to /people",
    "/sw.js": "a script",
    "/outbox": "says who is signed in, to a script",
    "/board/stream": "a stream of events",
    "/ladders/{key}/default": "leads back while a rule is nobody's own (tests/console/ladders looks at it)",
    "/sign-in/organisation": "leads to the organisation (tests/console_alone)",
    "/sign-in/organisation/back": "comes back from it (tests/console_alone)",
}


@dataclass(frozen=True)
class Stop:
    """`to` is filled from the places; by default it is the route itself. `name` is the picture's."""

    route: str
    role: str | None = "worker"
    to: str = ""
    name: str = ""

    @property
    def address(self) -> str:
        return self.to or self.route

    @property
    def picture(self) -> str:
        plain = self.name or self.route.replace("{", "").replace("}", "").replace("_id", "")
        return "page-" + plain.strip("/").replace("/", "-")


_ACTS = {
    "question": "{asked}",
    "confirm": "{proposed}",
    "told": "{booked}",
    "visit": "{booked}",
    "care": "{attended}",
    "reopen": "{declined}",
    "correct": "{attended}",
}


def _stops() -> Sequence[Stop]:
    yours = [
        Stop("/sign-in", None),
        Stop("/signed-out", None),
        Stop("/begin/{token}", None),
        Stop("/no-line", None),
        Stop("/account"),
        Stop("/account/contact-name"),
        Stop("/first-day"),
        Stop("/help"),
        Stop("/help/{slug}", to="/help/refer"),
        Stop("/account-changes", "guardian"),
        Stop("/today"),
        Stop("/today", "guardian", name="today-guardian"),
        Stop("/oversight/{oversight_id}", "guardian"),
        Stop("/today/next-steps/{referral_id}", to="/today/next-steps/{declined}"),
    ]
    people = [
        Stop("/people"),
        Stop("/people/new"),
        Stop("/people/{person_id}"),
        Stop("/people/{person_id}", to="/people/{said_no}", name="person-said-no"),
        Stop("/people/{person_id}/names"),
        Stop("/people/{person_id}/contacts/new"),
        Stop("/people/{person_id}/consents/new"),
        Stop("/people/{person_id}/consents/{consent_id}/withdraw", to="/people/{met}/consents/{consent_id}/withdraw"),
        Stop("/people/{person_id}/safe-contact"),
        Stop("/people/{person_id}/engagement", to="/people/{known}/engagement"),
        Stop("/people/{person_id}/said-no"),
        Stop("/people/{person_id}/came-back", to="/people/{said_no}/came-back"),
        Stop("/people/{person_id}/died"),
        Stop("/people/{person_id}/strike", to="/people/{person_id}/strike?record=concern&id={concern_id}"),
        Stop("/notes/{of}/{note_id}/strike", to="/notes/case/{plan_id}/strike?back=/today", name="strike-note"),
        Stop("/people/{person_id}/concerns"),
        Stop("/people/{person_id}/concerns/new"),
        Stop("/people/{person_id}/concerns/{concern_id}/told-lead"),
        Stop("/people/{person_id}/disclosures"),
        Stop("/people/{person_id}/disclosures/new"),
        Stop("/people/{person_id}/legal-bases/new"),
        Stop("/people/{person_id}/sealed"),
        Stop("/people/{person_id}/partner-links", "guardian"),
        Stop("/partner-links", "guardian"),
        Stop("/counts"),
        Stop("/plan-start", to="/plan-start?person={met}"),
        Stop("/plans/{plan_id}"),
        Stop("/plans/{plan_id}/cadence"),
        Stop("/plans/{plan_id}/pause", to="/plans/{held}/pause"),
        Stop("/plans/{plan_id}/reopen", "supervisor", "/plans/{closed}/reopen"),
        Stop("/plans/{plan_id}", "supervisor", "/plans/{closed}", "plan-closed"),
        Stop("/plans/{plan_id}/needs"),
    ]
    referrals = [
        Stop("/referrals"),
        Stop("/referrals/choose", to="/referrals/choose?person={person_id}"),
        Stop("/referrals/new", to="/referrals/new?person={person_id}&service={service_id}"),
        Stop("/referrals/{referral_id}/edit", to="/referrals/{draft}/edit"),
        Stop("/referrals/{referral_id}/preview", to="/referrals/{draft}/preview"),
        Stop("/referrals/{referral_id}/consent", to="/referrals/{draft}/consent"),
        Stop("/referrals/{referral_id}"),
        Stop("/referrals/{referral_id}/code"),
        *(
            Stop(
                "/referrals/{referral_id}/{slug}",
                to=f"/referrals/{_ACTS.get(act.slug, '{referral_id}')}/{act.slug}",
                name=f"record-{act.slug}",
            )
            for act in ACTS
        ),
        Stop("/contact-changes", "supervisor"),
        Stop("/contact-changes/services/{service_id}"),
        Stop("/hidden-services", "supervisor"),
        Stop("/hidden-services/{service_id}", "supervisor"),
        Stop("/ladders"),
        Stop("/ladders/{key}", "supervisor", "/ladders/any.sent"),
        Stop("/ladders/{key}/change", "supervisor", "/ladders/any.sent/change"),
        Stop("/mails"),
        Stop("/mails/{mail_id}"),
        Stop("/r", None),
    ]
    board = [
        Stop("/board", "supervisor"),
        Stop("/board", "supervisor", "/board?all=yes", "board-everything"),
        Stop("/board/agencies", "supervisor"),
        Stop("/board/agencies/{agency_id}/call", "supervisor"),
        Stop("/board/reviews", "supervisor"),
        Stop("/board/move", "supervisor"),
        Stop("/board/caseloads", "supervisor"),
        Stop("/board/caseloads/{worker_id}", "supervisor"),
        Stop("/board/figures", "supervisor"),
        Stop("/board/{row_id}", "supervisor"),
        Stop("/board/{row_id}", "supervisor", "/board/{plan_id}", "board-row-plan"),
        *(
            Stop(
                "/board/{row_id}/act/{slug}",
                "supervisor",
                f"/board/{'{plan_id}' if command.kind == 'plan' else '{row_id}'}/act/{command.slug}",
                f"board-act-{command.slug}",
            )
            for command in COMMANDS
            # These two are for what is paused and what was refused.
            if command.slug not in ("resume", "retry")
        ),
    ]
    admin = [
        Stop("/admin", "admin"),
        Stop("/admin/staff/new", "admin"),
        Stop("/admin/staff/{account_id}", "admin"),
        Stop("/setup", "admin"),
        Stop("/programs", "admin"),
        Stop("/programs/new", "admin"),
        Stop("/programs/{program_id}", "admin"),
        Stop("/bank-holidays", "admin"),
        Stop("/bank-holidays/{bank_holiday_id}/removal", "admin"),
    ]
    return [*yours, *people, *referrals, *board, *admin]


STOPS = _stops()
