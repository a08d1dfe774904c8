"""The platform of every service. It imports no other package of ours; services, workflows and deploy import it."""
