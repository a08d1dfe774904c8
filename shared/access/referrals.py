"""What each role may do in referrals. Actions are named ``noun.verb``.

`system` is a client program: of an agency (its subject is ``agency:<id>``, and it sees that agency's referrals alone)
or ours. What was disclosed to an agency is read by those who care for the person, never by a program.
"""

from shared.access.roles import Grants, Role, anywhere, team

_CARE = (Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR)

ACTIONS: Grants = {
    # The directory is public data: it belongs to no team.
    "directory.read": anywhere(*_CARE, Role.GUARDIAN, Role.ADMIN, Role.SYSTEM),
    "directory.edit": anywhere(Role.SUPERVISOR, Role.ADMIN),
    # Two people: whoever proposes an address never confirms it, and both belong to teams with referrals there.
    "directory.propose": anywhere(*_CARE, Role.ADMIN),
    "directory.read_changes": anywhere(*_CARE, Role.GUARDIAN, Role.ADMIN),
    "referral.draft": team(*_CARE),
    "referral.read": team(*_CARE, Role.GUARDIAN, Role.SYSTEM),
    "referral.read_told": team(*_CARE, Role.GUARDIAN),
    "referral.read_history": team(*_CARE, Role.GUARDIAN),
    "referral.move": team(*_CARE, Role.SYSTEM),
    "referral.correct": team(*_CARE),
    "referral.decide": team(*_CARE),
    "referral_note.strike": team(*_CARE),
    "referral.say_why": team(*_CARE, Role.SYSTEM),
    "referral.question": team(*_CARE, Role.SYSTEM),
    "referral.record_dates": team(*_CARE),
    "referral.hear_reply": team(*_CARE),
    "appointment.tell": team(*_CARE),
    "clock.read": team(*_CARE, Role.GUARDIAN),
    "clock.change": team(Role.SUPERVISOR),
    # The name under which services know the actor: nobody else's.
    "contact_name.read": team(*_CARE),
    "contact_name.choose": team(*_CARE),
    # Bank holidays belong to no team: an administrator changes them for all.
    "bank_holiday.read": anywhere(*_CARE, Role.GUARDIAN, Role.ADMIN),
    "bank_holiday.change": anywhere(Role.ADMIN),
    # What is set up belongs to no team, and says nothing of anybody.
    "setup.read": anywhere(Role.ADMIN),
    "setup.send_test_email": anywhere(Role.ADMIN),
    "message.read": team(*_CARE, Role.GUARDIAN),
    "message.second_step": team(*_CARE),
    # A gateway that submits the emails of the team's mailbox.
    "mail.receive": team(Role.SYSTEM),
    "mail.read": team(*_CARE, Role.GUARDIAN),
    # A guardian reads only the emails about people of two teams, which nobody else may read.
    "mail.mark_read": team(*_CARE, Role.GUARDIAN),
}
