"""List what is set up and what is still missing, in the order in which it is done. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from shared.access.roles import Role
from shared.settings import Settings

# Why an email did not leave, with what to do.
TROUBLES = {
    "no_relay": "No relay is set. Set ALONGSIDE_SMTP_HOST, then restart.",
    "mail_folder": "The folder for emails cannot be written to. Check its rights and the space on the disk.",
    "relay_away": "The relay did not answer. Check its name and port, and the firewall.",
    "relay_not_encrypted": "The relay did not encrypt the connection. Check ALONGSIDE_SMTP_STARTTLS and the port.",
    "relay_sign_in": "The relay refused the user name or the password. Check both.",
    "relay_refuses_sender": "The relay does not accept the sender's address. Check ALONGSIDE_MAIL_FROM.",
    "relay_refuses_us": "The relay refuses to send for us. Ask whoever runs it.",
    "relay_quota": "The relay says that too much was sent. Try again later, or ask whoever runs it.",
    "relay_says_later": "The relay asks us to try again later.",
}
OTHER_TROUBLE = "The address was refused. Check that it is right."


@dataclass(frozen=True)
class Item:
    """One thing to set up. `do`: what to do while it is missing, on the page `href` if there is one."""

    title: str
    done: bool
    do: str
    href: str = ""
    go: str = ""

    @property
    def shown(self) -> Markup:
        """Return what to do; the name of a setting breaks between its words, and nowhere else."""
        return Markup("_<wbr>").join(self.do.split("_"))


def items(
    settings: Settings, found: Mapping[str, Any], staff: Collection[Role], teams: int, tested: bool
) -> list[Item]:
    """Return everything that an administrator sets up. `found` is what referrals has; `tested`: a test email left."""
    return [
        Item(
            "Name of the organisation",
            bool(settings.organisation_name.strip()),
            "Services read it in every email. Set ALONGSIDE_ORGANISATION_NAME, then restart.",
        ),
        Item(
            "Switchboard and website",
            bool(settings.organisation_phone.strip() and settings.organisation_website.strip()),
            "Services look your switchboard up to check that an email is yours. Set ALONGSIDE_ORGANISATION_PHONE and"
            " ALONGSIDE_ORGANISATION_WEBSITE, then restart.",
        ),
        Item(
            "Number of the team",
            bool(settings.contact_phone.strip()),
            "Services ring it with questions and for security codes. Set ALONGSIDE_CONTACT_PHONE, then restart.",
        ),
        Item(
            "Relay for emails",
            found["emails_go"] == "relay" and found["sender_is_set"],
            "Without it no email leaves. Set ALONGSIDE_SMTP_HOST and ALONGSIDE_MAIL_FROM, then restart.",
        ),
        Item(
            "Test email to yourself", tested, "Send one below, and look whether it arrives and is not marked as spam."
        ),
        Item(
            "Directory of services",
            found["services"] > 0,
            "Without it nobody can refer. Import one: alongside import-directory, with the file of your directory.",
        ),
        Item("A team", teams > 0, "Everybody who cares for people is in a team.", "/admin", "Add a team"),
        *(
            Item(f"A {role.value}", role in staff, why, "/admin/staff/new", f"Add a {role.value}")
            for role, why in (
                (Role.SUPERVISOR, "Reviews, caseloads and what waits too long come to them."),
                (Role.GUARDIAN, "They are told of what is shared without consent, and of every change of an account."),
                (Role.WORKER, "They see the people."),
            )
        ),
    ]
