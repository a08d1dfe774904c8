"""The ground every service stands on. Imports nobody; services, workflows and deploy import it."""
