"""Ten changes of the pages, each with the picture of a walk that shows it, and which part of that picture."""

from dataclasses import dataclass

PHONE, DESK = 360, 1280
Part = tuple[int, int]  # from here on, in pixels, so many of them

_SCREEN = {PHONE: (0, 780), DESK: (0, 900)}
_WHOLE = {PHONE: (0, 2400), DESK: (0, 2400)}


@dataclass(frozen=True)
class Change:
    """`picture` is a name in `screenshots/`; a story counts its pictures, so `*` stands for the number."""

    name: str
    title: str
    says: str
    picture: str
    parts: dict[int, Part]


CHANGES = (
    Change(
        "board",
        "The board is a table at a desk",
        "A line for each person, with what is waited for and the days against their limit. A phone keeps cards.",
        "page-board-everything",
        {PHONE: (0, 1560), DESK: (0, 900)},
    ),
    Change(
        "cards",
        "One card for each person",
        "It shows what comes first. The rest of the same person stands inside it, and nothing stands twice.",
        "page-today",
        {PHONE: (0, 1800), DESK: (0, 1500)},
    ),
    Change(
        "service",
        "A service has three answers",
        "Who asks and by when, the field for the security code, then yes, not yet or no. The rest is one page on.",
        "main-job-*-agency-answer",
        {PHONE: (0, 1100), DESK: (0, 1000)},
    ),
    Change(
        "today",
        "Today is in the order of the day",
        "Urgent first, then appointments by their hour, people with where they were last seen, and calls by number.",
        "page-today",
        _SCREEN,
    ),
    Change(
        "file",
        "A file begins with the facts",
        "Stage, last contact, next appointment and how to reach them. The button stays in sight.",
        "page-people-person",
        _SCREEN,
    ),
    Change(
        "progress",
        "Progress is a fork",
        "The good way is one short line. What happens if nobody answers is a branch under it, with today marked.",
        "page-referrals-referral",
        {PHONE: (1130, 680), DESK: (850, 760)},
    ),
    Change(
        "header",
        "The header is one quiet row",
        "Three links by role and the rest under More, in the organisation's own name and colour.",
        "page-people",
        {PHONE: (0, 320), DESK: (0, 320)},
    ),
    Change(
        "forms",
        "Forms know the usual case",
        "What a referral needs is one choice; its ticks then stand beneath it, and each of them can go.",
        "main-job-*-consent",
        _WHOLE,
    ),
    Change(
        "colour",
        "A colour has one meaning",
        "A state has no colour. Amber is due today, red is late or unsafe, green is done.",
        "page-referrals",
        {PHONE: (0, 1180), DESK: (0, 1180)},
    ),
    Change(
        "figures",
        "Figures and empty pages lead on",
        "A period, what is still open on the same bar, those that never replied, and a press to who is behind it.",
        "page-board-figures",
        _WHOLE,
    ),
)
