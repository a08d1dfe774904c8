"""Every setting of every process, typed, read from ``ALONGSIDE_*`` environment variables.

A secret may also be kept in a file of the folder named by ``ALONGSIDE_SECRETS_DIR`` (the file
``alongside_database_password_api`` holds that password), so that no compose file needs to contain one.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

from shared import production

Mode = Literal["embedded", "development", "production"]
DatabaseRole = Literal["owner", "api", "work"]

DEFAULT_PASSWORD = "alongside"


class UnsafeSettings(Exception):
    """Production mode was requested with settings that it refuses; ``problems`` describes each of them."""

    def __init__(self, problems: list[str], what: str = "") -> None:
        self.problems = problems
        super().__init__(what or production.said(problems))


class Settings(BaseSettings):
    """Settings with defaults that are safe on one development machine."""

    model_config = SettingsConfigDict(env_prefix="ALONGSIDE_", extra="ignore", env_ignore_empty=True)

    mode: Mode = "development"

    database_host: str = "127.0.0.1"
    database_port: int = 5432
    database_sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    database_password_owner: SecretStr = SecretStr(DEFAULT_PASSWORD)
    database_password_api: SecretStr = SecretStr(DEFAULT_PASSWORD)
    database_password_work: SecretStr = SecretStr(DEFAULT_PASSWORD)

    nats_url: str = "nats://127.0.0.1:4222"
    nats_credentials_file: Path | None = None
    # NATS's monitoring address, such as http://nats:8222, where production checks that NATS syncs every write.
    nats_monitor_url: str = ""

    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_tls: bool = False
    temporal_api_key: SecretStr | None = None

    keys_file: Path | None = None
    token_public_key_file: Path | None = None
    token_private_key_file: Path | None = None
    token_audience: str = "alongside"

    practice_clock_file: Path | None = None
    # The folder of requests to move the practice clock, from the console to the driver of a practice stack.
    practice_jumps_folder: Path | None = None

    host: str = "127.0.0.1"
    console_port: int = 8100
    intake_port: int = 8101
    casework_port: int = 8102
    referrals_port: int = 8103
    # The worker's health endpoints, on the loopback interface alone.
    worker_port: int = 8104
    # Where this process serves /metrics: a port of its own, which is never published; 0: nowhere. The name of the host
    # decides on which network.
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65_535)

    # Addresses or networks, comma-separated, of the proxies whose X-Forwarded-For and -Proto are trusted.
    trusted_proxies: str = ""
    # Hosts, comma-separated, on a network that only this installation uses: unencrypted connections are accepted.
    private_hosts: str = ""

    # The address of the pages. Cookies and passkeys are valid for this host name alone.
    console_url: str = "http://localhost:8100"
    # The addresses of the services for the console, when they do not run on its own machine.
    intake_url: str = ""
    casework_url: str = ""
    referrals_url: str = ""
    # Sign-in through an organisation (OpenID Connect): all of the first three, or none.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = "your organisation"

    mail_folder: Path | None = None
    # The file that whatever makes a backup touches when it has made one.
    last_backup_file: Path | None = None
    inbound_mail_folder: Path | None = None
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    mail_from: str = "alongside@alongside.invalid"
    # The address in agencies' links (default: the pages).
    reply_base_url: str = ""
    # The organisation that asks, in emails and at the top of every page: its name; its switchboard and its own website,
    # where that number can be checked; and its colour, on which white text must be readable.
    organisation_name: str = ""
    organisation_phone: str = ""
    organisation_website: str = ""
    organisation_colour: str = "#14505c"
    # Whom emails say to ring, and the watched mailbox for answers (default: the sender's own).
    contact_name: str = "the team"
    contact_phone: str = ""
    reply_to: str = ""
    # The team that reads emails which match no team; needed where several teams share one mailbox. While it is unset
    # such emails are kept, and counted by `alongside status`.
    inbound_mail_team: UUID | None = None

    # The provider's mailbox that emails are fetched from (docs/operations.md); empty when they arrive another way.
    mailbox: Literal["", "imap", "graph"] = ""
    mailbox_host: str = ""
    mailbox_port: int = 0  # 0: the default port
    mailbox_tls: Literal["implicit", "starttls", "off"] = "implicit"
    mailbox_user: str = ""
    mailbox_password: SecretStr = SecretStr("")
    mailbox_folder: str = "INBOX"
    mailbox_done: str = "Alongside done"
    mailbox_seconds: float = Field(default=30, gt=0)
    # OAuth2 in place of a password, and always with Graph: a client secret, or a refresh token.
    mailbox_token_url: str = ""
    mailbox_client_id: str = ""
    mailbox_client_secret: SecretStr = SecretStr("")
    mailbox_refresh_token: SecretStr = SecretStr("")
    mailbox_scope: str = ""
    mailbox_graph_url: str = "https://graph.microsoft.com/v1.0"

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    reconcile_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _links_lead_to_the_pages(self) -> "Settings":
        self.reply_base_url = self.reply_base_url or self.console_url
        return self

    def database_url(self, service: str, role: DatabaseRole) -> URL:
        """Return the address of one service's own database, for one of its three roles."""
        password = {
            "owner": self.database_password_owner,
            "api": self.database_password_api,
            "work": self.database_password_work,
        }[role]
        return URL.create(
            "postgresql+psycopg",
            username=f"{service}_{role}",
            password=password.get_secret_value(),
            host=self.database_host,
            port=self.database_port,
            database=service,
            query={} if self.database_sslmode == "prefer" else {"sslmode": self.database_sslmode},
        )

    def port(self, service: str) -> int:
        """Return the HTTP port of a service, or of the worker's health endpoints."""
        return {
            "intake": self.intake_port,
            "casework": self.casework_port,
            "referrals": self.referrals_port,
            "console": self.console_port,
            "worker": self.worker_port,
        }[service]

    def service_url(self, service: str) -> str:
        """Return the address under which another process reaches a service."""
        given = {"intake": self.intake_url, "casework": self.casework_url, "referrals": self.referrals_url}[service]
        return given.rstrip("/") or f"http://127.0.0.1:{self.port(service)}"

    def whom_to_ring(self, worker: str | None = None) -> str:
        """Return whom a service asks for on the phone: the worker by their chosen name, at our organisation.

        Without a worker, return the organisation or the team.
        """
        team = self.contact_name.strip()
        named = "" if team == "the team" else team
        us = named or self.organisation_name or team
        if not worker:
            return us
        at = self.organisation_name or named
        return f"{worker} at {at}" if at else worker

    def unsafe(self, process: str = "") -> list[str]:
        """List the settings that production refuses, one line each: the name, what is wrong, what to do."""
        return production.problems(self, process)

    def refuse_unsafe(self, process: str = "") -> None:
        """Raise :class:`UnsafeSettings` in production mode when a setting is unsafe for the process of that name."""
        if self.mode == "production" and (problems := self.unsafe(process)):
            raise UnsafeSettings(problems)


@lru_cache(maxsize=1)
def load() -> Settings:
    """Return the settings of this process, read once. Raise :class:`UnsafeSettings` in production mode."""
    if os.environ.get("ALONGSIDE_MODE") == "":  # set but empty is a mistake: somebody meant to set a mode
        problem = "ALONGSIDE_MODE is empty: set production, or unset it"
        raise UnsafeSettings([problem], problem)
    folder = os.environ.get("ALONGSIDE_SECRETS_DIR")
    settings = Settings.model_validate({"_secrets_dir": folder}) if folder else Settings()
    settings.refuse_unsafe()
    return settings
