"""What each role may do in casework. Actions are named ``noun.verb``.

A guardian reads and decides nothing about care; a commissioner and an admin see none of it (an admin may list rows
that wait too long and have them reconciled: ids and instants only).
"""

from shared.access.roles import Grants, Relation, Role, anywhere, team

_CARE = (Role.WORKER, Role.SUPERVISOR, Role.SYSTEM)
_READ = (*_CARE, Role.CLINICIAN, Role.GUARDIAN)
_DO = (*_CARE, Role.CLINICIAN)
_DECIDE = (Role.SUPERVISOR, Role.SYSTEM)
_OPERATE: dict[Role, Relation] = {**team(Role.SUPERVISOR), **anywhere(Role.SYSTEM, Role.ADMIN)}

ACTIONS: Grants = {
    "case.open": team(*_CARE),
    "case.read": team(*_READ),
    "case.reassign": team(*_CARE),
    "case.reopen": team(*_CARE),
    "case.close": team(Role.SUPERVISOR),
    "case.exceed_ceiling": team(Role.SUPERVISOR),
    "caseload.read": team(*_READ),
    "caseload.transfer": team(*_DECIDE),
    "member.state": team(Role.SYSTEM),
    "needs_assessment.record": team(*_DO),
    "needs_assessment.read": team(*_READ),
    "plan.start": team(*_CARE),
    "plan.read": team(*_READ),
    "plan.edit": team(*_CARE),
    "plan.decide": team(*_CARE),
    "plan.close": team(Role.SUPERVISOR),
    "plan.reopen": team(Role.SUPERVISOR),
    "review.read": team(*_READ),
    "review.sign": team(Role.SUPERVISOR),
    # Their own, or a supervisor: never a program.
    "note.strike": team(Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR),
    "task.read": team(*_READ),
    "task.do": team(*_DO),
    "task.reassign": team(*_CARE),
    "next_step.read": team(*_READ),
    "next_step.record": team(*_DO),
    "board.read": team(*_READ),
    "board.command": team(*_CARE),
    "operations.watch": _OPERATE,
    "operations.reconcile": _OPERATE,
}
