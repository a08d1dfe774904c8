"""The main jobs, each in a few plain sentences. What a page says itself is not repeated here."""

from dataclasses import dataclass

from services.console.web.pages import ANYBODY, CARE, SUPERVISORS
from shared.access.roles import Role

GUARDIANS = frozenset({Role.GUARDIAN})
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class Job:
    """One job. `go` is the button to the page where it begins."""

    slug: str
    title: str
    roles: frozenset[Role]
    steps: tuple[str, ...]
    notes: tuple[str, ...] = ()
    go: str = ""
    href: str = ""


JOBS = (
    Job(
        "add-a-person",
        "Add a person",
        CARE,
        (
            "Select People and search first: they may be there under another name.",
            "Select Add person. A name or an alias is enough.",
            "Write how the person may be reached, and what nobody may do: no calls, no letters, nothing on voicemail.",
        ),
        ("You need no address, no date of birth and no consent to add somebody.",),
        "Add a person",
        "/people/new",
    ),
    Job(
        "log-a-contact",
        "Log a contact",
        CARE,
        (
            "Open the person, or find them on Today, and select Log a contact.",
            "Choose what happened and how. A note is optional.",
            "Select Save.",
        ),
        (
            "It works offline. The note is locked on your phone and sent when you are connected again, once.",
            "You logged it wrongly? Open the person and strike it. The entry stays visible as struck.",
        ),
        "Open Today",
        "/today",
    ),
    Job(
        "record-consent",
        "Record consent",
        CARE,
        (
            "Open the person and select Record consent.",
            "Choose the service, and what you may share with it.",
            "Say how and when the person gave consent, and what the service may tell us.",
        ),
        (
            "Consent has an end. You are told before that day.",
            "When the person withdraws consent, record it at once: nothing more leaves from that moment.",
        ),
        "Find the person",
        "/people",
    ),
    Job(
        "start-a-plan",
        "Start a case plan",
        CARE,
        (
            "Open the person and select Start a case plan.",
            "Fill in the needs together, or skip them and come back.",
            "Write the goals in the person's own words, and agree how often you meet.",
            "Choose the first services. Nothing is sent yet.",
            "Check the last page and select Start the plan.",
        ),
        ("When your caseload is full the person waits for a worker. The supervisor sees that on the board.",),
        "Find the person",
        "/people",
    ),
    Job(
        "refer",
        "Refer to a service",
        CARE,
        (
            "Open the plan or the person and select Refer to a service.",
            "Search by words or by kind of help, and choose the service.",
            "Write only what the service needs to know.",
            "Check before you send: you see the email, and what the service reads after it enters the security code.",
        ),
        (
            "The email names no one. The service rings us for a security code, and you ring them back on the number"
            " in the directory.",
            "A service without an email address is rung: your call makes the referral.",
        ),
        "Your referrals",
        "/referrals",
    ),
    Job(
        "appointment",
        "When there is an appointment",
        CARE,
        (
            "Today shows the appointment, and whether the person knows of it.",
            "Tell the person in the way that is safe for them, then record that they were told.",
            "After the appointment, record what became of it.",
        ),
        ("An appointment that came without the security code is only proposed. Ring the service to confirm it first.",),
        "Open Today",
        "/today",
    ),
    Job(
        "no-reply",
        "When a service does not reply",
        CARE,
        (
            "You need do nothing at first: reminders are sent on set days.",
            "Then Today asks you to ring. The page says what you may say.",
            "If they still do not reply, your supervisor is asked to ring their manager.",
        ),
        ("If nobody replies, under More, shows every rule with its days and where the rule comes from.",),
        "If nobody replies",
        "/ladders",
    ),
    Job(
        "prison-or-away",
        "When somebody is in prison, in hospital or away",
        CARE,
        (
            "Open the plan and select Pause.",
            "Choose why, and until when if you know it.",
            "You are asked for the release date, and told the day before release.",
        ),
        ("Record a contact during a pause as usual. You are asked whether the pause is over.",),
        "Find the person",
        "/people",
    ),
    Job(
        "safeguarding",
        "Raise a safeguarding concern",
        CARE,
        (
            "Open the person and select Safeguarding, then raise a concern.",
            "Write what you saw or heard, in the words that were used.",
            "Tell your safeguarding lead the same day, and record that you did.",
        ),
        ("If somebody is in danger now, ring 999 first.",),
        "Find the person",
        "/people",
    ),
    Job(
        "board",
        "Read the board",
        SUPERVISORS,
        (
            "Begin with what is for you to do: reviews to sign, people without a worker, and what waits too long.",
            "Each row says whose turn it is, the next automatic step, and what would unblock it.",
            "Open a row to give more days, to acknowledge it until a day, or to do the next step now.",
        ),
        (),
        "Open the board",
        "/board",
    ),
    Job(
        "move-cases",
        "Move cases to another worker",
        SUPERVISORS,
        (
            "On the board, select Move cases to another worker.",
            "Choose the cases and the worker, and check the list.",
            "Select Move. You can undo it.",
        ),
        ("Earlier work stays under the worker who did it.",),
        "See the caseloads",
        "/board/caseloads",
    ),
    Job(
        "sign-reviews",
        "Sign reviews",
        SUPERVISORS,
        (
            "On the board, select Reviews to sign.",
            "Read what was written, and sign each review.",
        ),
        (),
        "Reviews to sign",
        "/board/reviews",
    ),
    Job(
        "change-a-rule",
        "Change what happens if nobody replies",
        SUPERVISORS,
        (
            "Under More, select If nobody replies, and open the rule.",
            "Select Change this rule, and write the days and steps.",
            "Compare both pictures, then save. It counts for what begins from then on.",
        ),
        (),
        "If nobody replies",
        "/ladders",
    ),
    Job(
        "oversight",
        "Read what was shared without consent",
        GUARDIANS,
        (
            "Today lists what was decided or shared without consent.",
            "Open each, read the legal basis, and say whether you agree.",
        ),
        ("A decision that you do not agree to is used for nothing more.",),
        "Open Today",
        "/today",
    ),
    Job(
        "link-files",
        "Link two files of one person",
        GUARDIANS,
        (
            "Open the file and copy the last part of its web address.",
            "Under More, select Links, and write it there with your reason.",
        ),
        ("Nobody else is asked whether there is a link.",),
        "Links",
        "/partner-links",
    ),
    Job(
        "check-accounts",
        "Check who can sign in",
        GUARDIANS,
        (
            "Select Accounts. Each change of an account says who did it and when.",
            "You do not know of a change? Ask the administrator the same day.",
        ),
        (),
        "Accounts",
        "/account-changes",
    ),
    Job(
        "counts",
        "Read the counts",
        frozenset({Role.COMMISSIONER}),
        (
            "Select Counts, and the year.",
            "Numbers are rounded to 5, and 1 to 7 are shown as *, so that nobody can be found in them.",
        ),
        ("A year is shown once it is over.",),
        "Counts",
        "/counts",
    ),
    Job(
        "set-up",
        "Set up Alongside",
        ADMINS,
        (
            "Select First steps. The list says what is still missing, and what to do.",
            "Send a test email to yourself.",
            "Add a team, a supervisor, a guardian and the workers.",
        ),
        (),
        "First steps",
        "/setup",
    ),
    Job(
        "add-staff",
        "Add a colleague",
        ADMINS,
        (
            "Select Staff and teams, then add somebody with their role and teams.",
            "Create a sign-in link. It works once, for three days.",
            "Give them the link yourself. They choose a password or a passkey.",
        ),
        (
            "Somebody leaves? Close the account. They are signed out everywhere at once, and their cases stay on the"
            " board.",
        ),
        "Staff and teams",
        "/admin",
    ),
    Job(
        "bank-holidays",
        "Add a bank holiday",
        ADMINS,
        (
            "Select Bank holidays, and write the day, its name and where it was announced.",
            "Check how many deadlines move, then save.",
        ),
        (),
        "Bank holidays",
        "/bank-holidays",
    ),
    Job(
        "sign-in-safely",
        "Sign in and leave safely",
        ANYBODY,
        (
            "Add a passkey on your account page: you sign in by your phone's own lock.",
            "A page that nobody touched for half an hour locks. What you wrote is still there.",
            "On a shared computer, select More and sign out.",
        ),
        ("You lost your phone? Tell your administrator at once: they sign you out everywhere.",),
        "Your account",
        "/account",
    ),
)


def jobs_of(role: Role) -> list[Job]:
    """Return the jobs of a role, in the order of a day."""
    return [job for job in JOBS if role in job.roles]
