"""What each role may do in intake. Actions are named ``noun.verb``."""

from shared.access.roles import Grants, Role, team

_CARE = team(Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN)
# The reason for reaching out and the source: open to fewer roles than the rest of a person's file.
_SEALED = team(Role.WORKER, Role.SUPERVISOR, Role.GUARDIAN)
_LINKS = team(Role.GUARDIAN)

ACTIONS: Grants = {
    "person.register": _CARE,
    "person.read": _CARE,
    "person.change": _CARE,
    "sealed.read": _SEALED,
    "sealed.change": _SEALED,
    "safe_contact.read": _CARE,
    "safe_contact.change": _CARE,
    "contact.log": _CARE,
    "contact.read": _CARE,
    "engagement.change": _CARE,
    "concern.raise": _CARE,
    "concern.read": _CARE,
    "consent.record": _CARE,
    "consent.read": _CARE,
    "consent.withdraw": _CARE,
    "legal_basis.record": _CARE,
    "legal_basis.read": _CARE,
    "disclosure.read": _CARE,
    "disclosure.record": _CARE,
    # Decisions and disclosures without consent: reviewed by the guardian, or by a supervisor where a guardian decided.
    "oversight.read": _CARE,
    "oversight.give": team(Role.SUPERVISOR, Role.GUARDIAN),
    "said_no.record": _CARE,
    "said_no.end": _CARE,
    "died.record": _CARE,
    "record.strike": _CARE,
    "record.read_struck": _CARE,
    "count.add": _CARE,
    "count.read": team(Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER),
    "partner_link.create": _LINKS,
    "partner_link.read": _LINKS,
}
