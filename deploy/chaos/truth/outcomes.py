"""The outcomes of steps and permits: tasks, emails, disclosures."""

from collections import Counter

from deploy.chaos.truth.found import Finding, doubled, lost, stuck
from deploy.chaos.truth.reading import rows
from deploy.stack import Stack

# Steps that open no task for us.
NO_TASK = ("remind_agency",)


async def tasks(stack: Stack) -> list[Finding]:
    """Check that each open escalation that needs a task is on exactly one, and a resolved one on no open task."""
    escalations = await rows(stack, "referrals", "SELECT id, action, state FROM escalations WHERE outcome = 'fired'")
    lines = await rows(
        stack,
        "casework",
        "SELECT line.source, line.closed_at, task.status FROM task_lines line JOIN tasks task ON task.id = line.task_id"
        " WHERE line.source LIKE 'escalation:%'",
    )
    count = Counter(line["source"] for line in lines)
    is_open = {line["source"]: line["closed_at"] is None and line["status"] == "open" for line in lines}
    wrong = [doubled(f"{source} is on {times} tasks") for source, times in count.items() if times > 1]
    for row in escalations:
        source = f"escalation:{row['id']}"
        if row["action"] in NO_TASK:
            continue
        if row["state"] != "resolved" and source not in is_open:
            wrong.append(lost(f"{row['action']} of {source} is on no task"))
        if row["state"] == "resolved" and is_open.get(source):
            wrong.append(stuck(f"{source} is resolved and its task still open"))
    return wrong


async def mails(stack: Stack) -> list[Finding]:
    """Check that each sent message left exactly once, and that every used permit has its disclosure."""
    sent = await rows(stack, "referrals", "SELECT id FROM messages WHERE status = 'sent'")
    names = [path.name for path in stack.folder.mail.glob("*.eml")]
    wrong: list[Finding] = []
    for row in sent:
        copies = sum(str(row["id"]) in name for name in names)
        if copies == 0:
            wrong.append(lost(f"message {row['id']} counts as sent and never left"))
        if copies > 1:
            wrong.append(doubled(f"message {row['id']} left {copies} times"))
    if len(names) > len(sent):
        wrong.append(doubled(f"{len(names)} mails for {len(sent)} messages that were sent"))
    unused = await rows(
        stack,
        "intake",
        "SELECT id FROM permits WHERE outcome = 'sent' AND id NOT IN (SELECT permit_id FROM disclosures)",
    )
    wrong += [lost(f"permit {row['id']} was used and is no disclosure") for row in unused]
    return wrong
