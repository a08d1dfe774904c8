"""Settings that production refuses: each rule yields one line with the setting's name, what is wrong and what to do.

A connection to another machine may be unencrypted only where that machine is named in ALONGSIDE_PRIVATE_HOSTS: hosts
on a network that only this installation uses, such as the network of one compose file.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from shared.settings import Settings

EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FEWEST_LETTERS = 16
FEWEST_DIFFERENT = 8
# The reconciler restarts a lost workflow in its next round.
LONGEST_RECONCILE_SECONDS = 600


def problems(settings: "Settings", process: str = "") -> list[str]:
    """List every setting that production refuses, for the process of that name ("" for one that is no service)."""
    return [
        *_files(settings),
        *_passwords(settings, process),
        *_lines(settings),
        *_mail(settings),
        *_mailbox(settings),
        *_rest(settings, process),
    ]


def _files(settings: "Settings") -> Iterator[str]:
    for name, path in (("KEYS_FILE", settings.keys_file), ("TOKEN_PUBLIC_KEY_FILE", settings.token_public_key_file)):
        if path is None:
            yield f"ALONGSIDE_{name} is not set; name the file"
        elif not path.is_file():
            yield f"ALONGSIDE_{name} names a file that is not there"
    for name, path in (("KEYS_FILE", settings.keys_file), ("TOKEN_PRIVATE_KEY_FILE", settings.token_private_key_file)):
        if path is not None and path.is_file() and _mode(path) & 0o077:
            yield f"ALONGSIDE_{name} can be read or written by other users of the machine; set its mode to 0600"
    public = settings.token_public_key_file
    if public is not None and public.is_file() and _mode(public) & 0o022:
        # Whoever replaces the public key can sign tokens that services accept.
        yield "ALONGSIDE_TOKEN_PUBLIC_KEY_FILE can be written by other users of the machine; set its mode to 0644"
    for name in ("keys_file", "token_public_key_file", "token_private_key_file"):
        path = getattr(settings, name)
        if path is not None and path.is_file() and _mode(path.parent) & 0o022:
            yield (
                f"ALONGSIDE_{name.upper()} lies in a folder that other users of the machine can write to; "
                "set the folder's mode to 0700"
            )
    inbound = settings.inbound_mail_folder
    if inbound is not None and inbound.is_dir() and _mode(inbound) & 0o002:
        yield "ALONGSIDE_INBOUND_MAIL_FOLDER can be written by every user of the machine; set its mode to 0770"


def _passwords(settings: "Settings", process: str) -> Iterator[str]:
    from shared.settings import DEFAULT_PASSWORD

    passwords = {
        "DATABASE_PASSWORD_API": settings.database_password_api,
        "DATABASE_PASSWORD_WORK": settings.database_password_work,
    }
    # Only migrations use the owner's password; a service that does not have it cannot alter a table.
    if "database_password_owner" in settings.model_fields_set:
        passwords["DATABASE_PASSWORD_OWNER"] = settings.database_password_owner
        if process:
            yield "ALONGSIDE_DATABASE_PASSWORD_OWNER is set for a service: it is for `alongside migrate`; unset it here"
    for name, secret in passwords.items():
        word = secret.get_secret_value()
        if word == DEFAULT_PASSWORD or len(word) < FEWEST_LETTERS:
            yield f"ALONGSIDE_{name} is the default or shorter than {FEWEST_LETTERS} characters; set a long random one"
        elif len(set(word)) < FEWEST_DIFFERENT:
            yield f"ALONGSIDE_{name} repeats a few characters; set a long random one"
    if len({secret.get_secret_value() for secret in passwords.values()}) < len(passwords):
        yield "ALONGSIDE_DATABASE_PASSWORD_*: two roles share one password; give each its own"


def _lines(settings: "Settings") -> Iterator[str]:
    private = LOOPBACK | {host.strip() for host in settings.private_hosts.split(",") if host.strip()}

    def remote(host: str) -> bool:
        return host not in private and not host.startswith("/")

    clear = "would cross the network in the clear"
    if remote(settings.database_host) and settings.database_sslmode not in ("verify-ca", "verify-full"):
        yield f"ALONGSIDE_DATABASE_SSLMODE does not check the server: records {clear} or to another; set verify-full"
    if remote(settings.temporal_address.rpartition(":")[0].strip("[]")):
        if not settings.temporal_tls:
            yield f"ALONGSIDE_TEMPORAL_TLS is off: workflow messages {clear}; set it on"
        if settings.temporal_api_key is None:
            yield "ALONGSIDE_TEMPORAL_API_KEY is not set: whoever reaches Temporal decides for you; set it"
    for address in settings.nats_url.split(","):
        nats = urlsplit(address.strip())
        if remote(nats.hostname or "") and nats.scheme != "tls":
            yield f"ALONGSIDE_NATS_URL is not tls://: events {clear}; use tls://"
        if nats.password == "alongside" or (not nats.password and settings.nats_credentials_file is None):
            yield "ALONGSIDE_NATS_URL has no password or the default one; set a long random one, or a credentials file"
    for name in ("intake_url", "casework_url", "referrals_url", "nats_monitor_url"):
        url = urlsplit(str(getattr(settings, name)))
        if url.scheme == "http" and remote(url.hostname or ""):
            yield f"ALONGSIDE_{name.upper()} is not https: what is asked {clear}; use https"
    if settings.oidc_issuer and not settings.oidc_issuer.startswith("https://"):
        yield "ALONGSIDE_OIDC_ISSUER is not https: anybody on the way could sign in as anybody; use https"
    if not settings.console_url.startswith("https://"):
        yield f"ALONGSIDE_CONSOLE_URL is not https; sessions {clear}"
    if settings.host not in LOOPBACK and len(private) == len(LOOPBACK):
        yield (
            "ALONGSIDE_HOST listens on more than this machine, in the clear; set 127.0.0.1 and put a TLS proxy in "
            "front, or name the hosts of a private network in ALONGSIDE_PRIVATE_HOSTS"
        )
    for proxies in (settings.trusted_proxies, os.environ.get("FORWARDED_ALLOW_IPS", "")):
        if "*" in proxies or "0.0.0.0/0" in proxies or "::/0" in proxies:
            yield "ALONGSIDE_TRUSTED_PROXIES believes everybody's X-Forwarded-For; name the address of your proxy"


def _mail(settings: "Settings") -> Iterator[str]:
    if not settings.smtp_host:
        where = "mails would only be kept in ALONGSIDE_MAIL_FOLDER" if settings.mail_folder else "no mail can leave"
        yield f"ALONGSIDE_SMTP_HOST is not set: {where}; name the mail relay"
    else:
        if not settings.smtp_starttls and settings.smtp_host not in LOOPBACK:
            yield "ALONGSIDE_SMTP_STARTTLS is off: mails would cross the network in the clear; set it on"
        if settings.mail_folder is not None:
            yield "ALONGSIDE_MAIL_FOLDER is set beside a relay: links would lie readable on disk; unset it"
    if settings.mail_from.endswith(".invalid"):
        yield "ALONGSIDE_MAIL_FROM is the placeholder; set the address that mails come from"
    if not settings.organisation_name.strip():
        yield "ALONGSIDE_ORGANISATION_NAME is not set: no email or page would say who is asking; set its name"
    if not settings.contact_phone.strip():
        yield "ALONGSIDE_CONTACT_PHONE is not set: no email would say whom to ring; set the team's number"
    if not settings.reply_base_url.startswith("https://"):
        yield "ALONGSIDE_REPLY_BASE_URL is not https; reply links would cross the network in the clear"
    elif not _one_house(urlsplit(settings.reply_base_url).hostname, urlsplit(settings.console_url).hostname):
        yield "ALONGSIDE_REPLY_BASE_URL leads to another organisation's host than ALONGSIDE_CONSOLE_URL; correct it"


def _mailbox(settings: "Settings") -> Iterator[str]:
    if not settings.mailbox:
        return
    wanted = {"USER": settings.mailbox_user}
    if settings.mailbox == "imap":
        wanted |= {"HOST": settings.mailbox_host}
        wanted |= {"PASSWORD": settings.mailbox_password.get_secret_value() or settings.mailbox_token_url}
        if settings.mailbox_tls == "off" and settings.mailbox_host not in LOOPBACK:
            yield "ALONGSIDE_MAILBOX_TLS is off: emails would cross the network in the clear; set it on"
    else:
        wanted |= {"TOKEN_URL": settings.mailbox_token_url, "CLIENT_ID": settings.mailbox_client_id}
    yield from (f"ALONGSIDE_MAILBOX_{name} is not set; name it" for name, value in wanted.items() if not value)
    for name, address in (("TOKEN_URL", settings.mailbox_token_url), ("GRAPH_URL", settings.mailbox_graph_url)):
        if address and not address.startswith("https://"):
            yield f"ALONGSIDE_MAILBOX_{name} is not https; a secret would cross the network in the clear"


def _rest(settings: "Settings", process: str) -> Iterator[str]:
    if settings.practice_clock_file is not None:
        yield "ALONGSIDE_PRACTICE_CLOCK_FILE is set: care runs on the wall clock alone; unset it"
    if settings.practice_jumps_folder is not None:
        yield "ALONGSIDE_PRACTICE_JUMPS_FOLDER is set: nobody may move the time of real care; unset it"
    if not settings.nats_monitor_url:
        yield "ALONGSIDE_NATS_MONITOR_URL is not set: nobody can tell whether NATS syncs every write; name its address"
    if process not in ("", "console") and settings.token_private_key_file is not None:
        yield "ALONGSIDE_TOKEN_PRIVATE_KEY_FILE is set for a service: it is for the console alone; unset it here"
    if not settings.token_audience.strip():
        yield "ALONGSIDE_TOKEN_AUDIENCE is empty: tokens of any other system would be taken; set a word of its own"
    if settings.metrics_port and settings.metrics_host in EVERYWHERE:
        yield (
            "ALONGSIDE_METRICS_HOST is every network of this machine: anybody there could read how it is; name the "
            "address that Prometheus asks"
        )
    if settings.log_level == "DEBUG":
        yield "ALONGSIDE_LOG_LEVEL is DEBUG: libraries write what they handle; set INFO"
    if settings.reconcile_seconds > LONGEST_RECONCILE_SECONDS:
        yield (
            f"ALONGSIDE_RECONCILE_SECONDS is over {LONGEST_RECONCILE_SECONDS}: a lost workflow would sleep for too "
            "long; set 30"
        )


def _one_house(one: str | None, other: str | None) -> bool:
    """Return whether two host names are equal, one below the other, or siblings under one parent domain."""
    if not one or not other:
        return False
    one, other = one.lower(), other.lower()
    parents = {host.partition(".")[2] for host in (one, other)}
    beside = len(parents) == 1 and "." in next(iter(parents))
    return one == other or one.endswith("." + other) or other.endswith("." + one) or beside


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def said(found: Iterable[str]) -> str:
    """Write the refusal for a terminal: a heading and a line for each problem."""
    return "production mode refuses these settings:\n" + "\n".join(f"- {problem}" for problem in found)
