"""Settings: defaults for one machine, secrets from files, and what production refuses by name."""

from pathlib import Path

import pytest

from shared import settings
from shared.settings import Settings, UnsafeSettings


@pytest.fixture
def safe(tmp_path: Path) -> Settings:
    tmp_path.chmod(0o700)
    for name in ("keys.json", "public.pem", "private.pem"):
        (tmp_path / name).write_text("{}")
        (tmp_path / name).chmod(0o600)
    return Settings.model_validate(
        {
            "mode": "production",
            "keys_file": tmp_path / "keys.json",
            "token_public_key_file": tmp_path / "public.pem",
            "database_host": "db.example.org",
            "database_sslmode": "verify-full",
            "database_password_owner": "owner-0123456789-owner",
            "database_password_api": "api-0123456789-api-0123",
            "database_password_work": "work-0123456789-work-01",
            "nats_url": "tls://alongside:nats-0123456789@nats.example.org:4222",
            "temporal_address": "temporal.example.org:7233",
            "temporal_tls": True,
            "temporal_api_key": "temporal-0123456789",
            "console_url": "https://pages.example.org",
            "smtp_host": "relay.example.org",
            "mail_from": "team@example.org",
            "contact_phone": "020 7946 0000",
            "organisation_name": "Synthetic Outreach",
            "reply_base_url": "https://reply.example.org",
            "nats_monitor_url": "https://nats.example.org:8222",
        }
    )


def test_each_service_and_role_has_its_own_address() -> None:
    url = Settings(database_host="db", database_port=6000).database_url("intake", "work")
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.host, url.port, url.database) == ("intake_work", "db", 6000, "intake")


def test_passwords_are_not_printed() -> None:
    given = Settings.model_validate({"database_password_api": "hidden-away-secret"})
    assert "hidden-away-secret" not in repr(given) + str(given.database_url("intake", "api"))
    assert given.database_url("intake", "api").password == "hidden-away-secret"


def test_variables_and_secret_files_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "alongside_database_password_api").write_text("from-a-file\n")
    monkeypatch.setenv("ALONGSIDE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ALONGSIDE_INTAKE_PORT", "9001")
    settings.load.cache_clear()
    try:
        read = settings.load()
    finally:
        settings.load.cache_clear()
    assert read.database_password_api.get_secret_value() == "from-a-file"
    assert read.port("intake") == 9001


def test_development_refuses_nothing() -> None:
    Settings(mode="development").refuse_unsafe()
    Settings(mode="embedded").refuse_unsafe()


def test_safe_production_settings_pass(safe: Settings) -> None:
    assert safe.unsafe() == []
    safe.refuse_unsafe()


def test_defaults_are_refused_in_production_each_by_name() -> None:
    with pytest.raises(UnsafeSettings) as refused:
        Settings(mode="production").refuse_unsafe()
    text = str(refused.value)
    for name in (
        "KEYS_FILE",
        "TOKEN_PUBLIC_KEY_FILE",
        "DATABASE_PASSWORD_API",
        "DATABASE_PASSWORD_WORK",
        "SMTP_HOST",
        "MAIL_FROM",
        "CONTACT_PHONE",
        "ORGANISATION_NAME",
        "REPLY_BASE_URL",
        "NATS_MONITOR_URL",
    ):
        assert f"ALONGSIDE_{name}" in text
    assert settings.DEFAULT_PASSWORD not in text.split()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"practice_clock_file": Path("/tmp/clock.json")}, "ALONGSIDE_PRACTICE_CLOCK_FILE"),
        ({"keys_file": Path("/nowhere/keys.json")}, "ALONGSIDE_KEYS_FILE"),
        ({"keys_file": None}, "ALONGSIDE_KEYS_FILE"),
        ({"token_public_key_file": None}, "ALONGSIDE_TOKEN_PUBLIC_KEY_FILE"),
        ({"database_password_work": settings.DEFAULT_PASSWORD}, "ALONGSIDE_DATABASE_PASSWORD_WORK"),
        ({"database_password_api": "short"}, "ALONGSIDE_DATABASE_PASSWORD_API"),
        ({"database_password_api": "work-0123456789-work-01"}, "two roles share one password"),
        ({"database_password_api": "a" * 24}, "ALONGSIDE_DATABASE_PASSWORD_API"),
        ({"database_sslmode": "disable"}, "ALONGSIDE_DATABASE_SSLMODE"),
        ({"database_sslmode": "prefer"}, "ALONGSIDE_DATABASE_SSLMODE"),
        ({"database_sslmode": "require"}, "ALONGSIDE_DATABASE_SSLMODE"),
        ({"temporal_tls": False}, "ALONGSIDE_TEMPORAL_TLS"),
        ({"temporal_api_key": None}, "ALONGSIDE_TEMPORAL_API_KEY"),
        ({"nats_url": "nats://alongside:nats-0123456789@nats.example.org:4222"}, "ALONGSIDE_NATS_URL"),
        ({"nats_url": "tls://nats.example.org:4222"}, "ALONGSIDE_NATS_URL"),
        ({"nats_url": "tls://alongside:alongside@nats.example.org:4222"}, "ALONGSIDE_NATS_URL"),
        ({"oidc_issuer": "http://id.example.org"}, "ALONGSIDE_OIDC_ISSUER"),
        ({"console_url": "http://pages.example.org"}, "ALONGSIDE_CONSOLE_URL"),
        ({"intake_url": "http://intake.example.org:8101"}, "ALONGSIDE_INTAKE_URL"),
        ({"casework_url": "http://casework.example.org:8102"}, "ALONGSIDE_CASEWORK_URL"),
        ({"referrals_url": "http://referrals.example.org:8103"}, "ALONGSIDE_REFERRALS_URL"),
        ({"nats_monitor_url": "http://nats.example.org:8222"}, "ALONGSIDE_NATS_MONITOR_URL"),
        ({"log_level": "DEBUG"}, "ALONGSIDE_LOG_LEVEL"),
        ({"host": "0.0.0.0"}, "ALONGSIDE_HOST"),
        ({"metrics_host": "0.0.0.0", "metrics_port": 9464}, "ALONGSIDE_METRICS_HOST"),
        ({"token_audience": " "}, "ALONGSIDE_TOKEN_AUDIENCE"),
        ({"reconcile_seconds": 1e9}, "ALONGSIDE_RECONCILE_SECONDS"),
        ({"practice_jumps_folder": Path("/tmp/jumps")}, "ALONGSIDE_PRACTICE_JUMPS_FOLDER"),
        ({"reply_base_url": "https://reply.another.example.net"}, "ALONGSIDE_REPLY_BASE_URL"),
        ({"mail_folder": Path("/tmp")}, "ALONGSIDE_MAIL_FOLDER"),
        ({"inbound_mail_folder": Path("/tmp")}, "ALONGSIDE_INBOUND_MAIL_FOLDER"),
        ({"trusted_proxies": "*"}, "ALONGSIDE_TRUSTED_PROXIES"),
        ({"trusted_proxies": "10.0.0.1, 0.0.0.0/0"}, "ALONGSIDE_TRUSTED_PROXIES"),
        ({"smtp_host": "", "mail_folder": Path("/tmp")}, "ALONGSIDE_SMTP_HOST"),
        ({"smtp_starttls": False}, "ALONGSIDE_SMTP_STARTTLS"),
        ({"mail_from": "alongside@alongside.invalid"}, "ALONGSIDE_MAIL_FROM"),
        ({"database_password_owner": settings.DEFAULT_PASSWORD}, "ALONGSIDE_DATABASE_PASSWORD_OWNER"),
        ({"contact_phone": " "}, "ALONGSIDE_CONTACT_PHONE"),
        ({"organisation_name": " "}, "ALONGSIDE_ORGANISATION_NAME"),
        ({"nats_monitor_url": ""}, "ALONGSIDE_NATS_MONITOR_URL"),
        ({"reply_base_url": "http://reply.example.org"}, "ALONGSIDE_REPLY_BASE_URL"),
    ],
)
def test_production_names_the_unsafe_setting(safe: Settings, change: dict[str, object], named: str) -> None:
    changed = Settings.model_validate(dict(safe) | change)
    with pytest.raises(UnsafeSettings) as refused:
        changed.refuse_unsafe()
    assert len(refused.value.problems) == 1
    assert named in refused.value.problems[0]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o602])
def test_a_key_file_open_to_others_is_refused(safe: Settings, mode: int) -> None:
    assert safe.keys_file is not None
    safe.keys_file.chmod(mode)
    [problem] = safe.unsafe()
    assert problem.startswith("ALONGSIDE_KEYS_FILE ") and problem.endswith("set its mode to 0600")


@pytest.mark.parametrize("mode", [0o666, 0o622, 0o660])
def test_a_public_key_that_others_may_replace_is_refused(safe: Settings, mode: int) -> None:
    assert safe.token_public_key_file is not None
    safe.token_public_key_file.chmod(0o644)
    assert safe.unsafe() == []
    safe.token_public_key_file.chmod(mode)
    [problem] = safe.unsafe()
    assert problem.startswith("ALONGSIDE_TOKEN_PUBLIC_KEY_FILE ")


def test_a_folder_of_keys_that_others_write_to_is_refused(safe: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    problems = safe.unsafe()
    tmp_path.chmod(0o700)
    assert [problem.split()[0] for problem in problems] == ["ALONGSIDE_KEYS_FILE", "ALONGSIDE_TOKEN_PUBLIC_KEY_FILE"]
    assert all("folder" in problem for problem in problems)


def test_a_private_network_is_named_and_then_taken_in_the_clear(safe: Settings) -> None:
    inside = {
        "private_hosts": "postgres, nats,temporal,intake,casework,referrals",
        "host": "0.0.0.0",
        "database_host": "postgres",
        "database_sslmode": "prefer",
        "temporal_address": "temporal:7233",
        "temporal_tls": False,
        "temporal_api_key": None,
        "nats_url": "nats://alongside:nats-0123456789@nats:4222",
        "nats_monitor_url": "http://nats:8222",
        "intake_url": "http://intake:8101",
    }
    assert Settings.model_validate(dict(safe) | inside).unsafe() == []
    assert len(Settings.model_validate(dict(safe) | inside | {"private_hosts": ""}).unsafe()) == 7


def test_what_belongs_to_one_process_alone_is_refused_elsewhere(safe: Settings, tmp_path: Path) -> None:
    signing = Settings.model_validate(dict(safe) | {"token_private_key_file": tmp_path / "private.pem"})
    assert ["DATABASE_PASSWORD_OWNER" in problem for problem in signing.unsafe("console")] == [True]
    assert len(signing.unsafe("intake")) == len(signing.unsafe("worker")) == 2
    assert signing.unsafe() == []


def test_a_service_needs_no_password_of_the_owner(safe: Settings) -> None:
    given = {name: value for name, value in dict(safe).items() if name != "database_password_owner"}
    assert Settings.model_validate(given).unsafe("intake") == []


def test_a_mode_that_says_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALONGSIDE_MODE", "")
    settings.load.cache_clear()
    with pytest.raises(UnsafeSettings, match="ALONGSIDE_MODE is empty"):
        settings.load()
