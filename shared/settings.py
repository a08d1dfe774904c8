"""Every setting of every process, typed, read from ``ALONGSIDE_*`` environment variables.

A secret may also stand in a file of the folder named by ``ALONGSIDE_SECRETS_DIR`` (file
``alongside_database_password_api`` holds that password), so that no compose file needs to hold one.
"""

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

Mode = Literal["embedded", "development", "production"]
ServiceName = Literal["intake", "casework", "referrals", "console"]
DatabaseRole = Literal["owner", "api", "work"]

DEFAULT_PASSWORD = "alongside"


class UnsafeSettings(Exception):
    """Production mode was asked for with settings it refuses; ``problems`` names each of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("production mode refuses these settings:\n" + "\n".join(f"- {p}" for p in problems))


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
    # Where production reads that NATS syncs every write, such as http://nats:8222.
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
    # Where the console asks for time to move on, on a practice stack whose driver listens.
    practice_jumps_folder: Path | None = None

    host: str = "127.0.0.1"
    console_port: int = 8100
    intake_port: int = 8101
    casework_port: int = 8102
    referrals_port: int = 8103

    # Where people find the pages. Cookies and passkeys hold for this name alone.
    console_url: str = "http://localhost:8100"
    # Where the console reaches the services, when they are not on its own machine.
    intake_url: str = ""
    casework_url: str = ""
    referrals_url: str = ""
    # Signing in through an organisation (OpenID Connect): all of the first three, or none.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = "your organisation"

    mail_folder: Path | None = None
    inbound_mail_folder: Path | None = None
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    mail_from: str = "alongside@alongside.invalid"
    # Where agencies' links lead (default: the pages).
    reply_base_url: str = ""
    # Who a mail says to ring, and the watched mailbox that answers go to (default: the sender's own).
    contact_name: str = "the team"
    contact_phone: str = ""
    reply_to: str = ""
    # Who reads mails that nothing tells the team of; needed where several teams share one mailbox. Until it is named
    # such mails are kept, and counted by `alongside status`.
    inbound_mail_team: UUID | None = None

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    reconcile_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _links_lead_to_the_pages(self) -> "Settings":
        self.reply_base_url = self.reply_base_url or self.console_url
        return self

    def database_url(self, service: str, role: DatabaseRole) -> URL:
        """The address of one service's own database, for one of its three roles."""
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
        """The HTTP port of a service."""
        return {
            "intake": self.intake_port,
            "casework": self.casework_port,
            "referrals": self.referrals_port,
            "console": self.console_port,
        }[service]

    def service_url(self, service: str) -> str:
        """Where another process reaches a service."""
        given = {"intake": self.intake_url, "casework": self.casework_url, "referrals": self.referrals_url}[service]
        return given.rstrip("/") or f"http://127.0.0.1:{self.port(service)}"

    def unsafe(self) -> list[str]:
        """What production must not run with, one line per setting: its name, what is wrong, what to do."""
        return [
            *self._unsafe_keys(),
            *self._unsafe_secrets(),
            *self._unsafe_mail(),
            *self._unsafe_clock(),
            *self._unproven(),
        ]

    def refuse_unsafe(self) -> None:
        """Raise :class:`UnsafeSettings` in production mode when any setting is unsafe."""
        if self.mode == "production" and (problems := self.unsafe()):
            raise UnsafeSettings(problems)

    def _unsafe_keys(self) -> list[str]:
        problems: list[str] = []
        for name, path in (
            ("KEYS_FILE", self.keys_file),
            ("TOKEN_PUBLIC_KEY_FILE", self.token_public_key_file),
        ):
            if path is None:
                problems.append(f"ALONGSIDE_{name} is not set; name the file")
            elif not path.is_file():
                problems.append(f"ALONGSIDE_{name} names a file that is not there")
        for name, path in (
            ("KEYS_FILE", self.keys_file),
            ("TOKEN_PRIVATE_KEY_FILE", self.token_private_key_file),
        ):
            if path is not None and path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o007:
                problems.append(f"ALONGSIDE_{name} can be read by every user of the machine; set its mode to 0600")
        return problems

    def _unsafe_secrets(self) -> list[str]:
        passwords = {
            "DATABASE_PASSWORD_API": self.database_password_api,
            "DATABASE_PASSWORD_WORK": self.database_password_work,
        }
        # Migrations ask for the owner's; a service that was never given it is the safer one.
        if "database_password_owner" in self.model_fields_set:
            passwords["DATABASE_PASSWORD_OWNER"] = self.database_password_owner
        problems = [
            f"ALONGSIDE_{name} is the default or shorter than 16 characters; set a long random one"
            for name, secret in passwords.items()
            if secret.get_secret_value() == DEFAULT_PASSWORD or len(secret.get_secret_value()) < 16
        ]
        if len({secret.get_secret_value() for secret in passwords.values()}) < len(passwords):
            problems.append("ALONGSIDE_DATABASE_PASSWORD_*: two roles share one password; give each its own")
        return problems

    def _unsafe_mail(self) -> list[str]:
        problems: list[str] = []
        if not self.smtp_host:
            where = "mails would only be kept in ALONGSIDE_MAIL_FOLDER" if self.mail_folder else "no mail can leave"
            problems.append(f"ALONGSIDE_SMTP_HOST is not set: {where}; name the mail relay")
        elif not self.smtp_starttls and self.smtp_host not in ("127.0.0.1", "localhost", "::1"):
            problems.append("ALONGSIDE_SMTP_STARTTLS is off: mails would cross the network in the clear; set it on")
        if self.mail_from.endswith(".invalid"):
            problems.append("ALONGSIDE_MAIL_FROM is the placeholder; set the address that mails come from")
        if not self.contact_phone.strip():
            problems.append("ALONGSIDE_CONTACT_PHONE is not set: no mail would say whom to ring; set the team's number")
        if not self.reply_base_url.startswith("https://"):
            problems.append("ALONGSIDE_REPLY_BASE_URL is not https; reply links would cross the network in the clear")
        return problems

    def _unproven(self) -> list[str]:
        if self.nats_monitor_url:
            return []
        return [
            "ALONGSIDE_NATS_MONITOR_URL is not set: nobody can tell whether NATS syncs every write; name its address"
        ]

    def _unsafe_clock(self) -> list[str]:
        if self.practice_clock_file is None:
            return []
        return ["ALONGSIDE_PRACTICE_CLOCK_FILE is set: care runs on the wall clock alone; unset it"]


@lru_cache(maxsize=1)
def load() -> Settings:
    """The settings of this process, read once. Raises :class:`UnsafeSettings` in production mode."""
    folder = os.environ.get("ALONGSIDE_SECRETS_DIR")
    settings = Settings.model_validate({"_secrets_dir": folder}) if folder else Settings()
    settings.refuse_unsafe()
    return settings
