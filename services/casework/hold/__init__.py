"""The plan waits for a reason (custody, hospital, away). No hold ends unasked."""
