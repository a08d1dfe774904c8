"""Settings: defaults for one machine, secrets from files, and what production refuses by name."""

from pathlib import Path

import pytest

from shared import settings
from shared.settings import Settings, UnsafeSettings


@pytest.fixture
def safe(tmp_path: Path) -> Settings:
    for name in ("keys.json", "public.pem"):
        (tmp_path / name).write_text("{}")
        (tmp_path / name).chmod(0o600)
    return Settings.model_validate(
        {
            "mode": "production",
            "keys_file": tmp_path / "keys.json",
            "token_public_key_file": tmp_path / "public.pem",
            "database_password_owner": "o" * 24,
            "database_password_api": "a" * 24,
            "database_password_work": "w" * 24,
            "smtp_host": "relay.example.org",
            "mail_from": "team@example.org",
            "contact_phone": "020 7946 0000",
            "reply_base_url": "https://reply.example.org",
            "nats_monitor_url": "http://nats:8222",
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
        ({"database_password_api": "w" * 24}, "two roles share one password"),
        ({"smtp_host": "", "mail_folder": Path("/tmp")}, "ALONGSIDE_SMTP_HOST"),
        ({"smtp_starttls": False}, "ALONGSIDE_SMTP_STARTTLS"),
        ({"mail_from": "alongside@alongside.invalid"}, "ALONGSIDE_MAIL_FROM"),
        ({"database_password_owner": settings.DEFAULT_PASSWORD}, "ALONGSIDE_DATABASE_PASSWORD_OWNER"),
        ({"contact_phone": " "}, "ALONGSIDE_CONTACT_PHONE"),
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


def test_a_key_file_open_to_all_is_refused(safe: Settings) -> None:
    assert safe.keys_file is not None
    safe.keys_file.chmod(0o644)
    assert safe.unsafe() == ["ALONGSIDE_KEYS_FILE can be read by every user of the machine; set its mode to 0600"]


def test_a_service_needs_no_password_of_the_owner(safe: Settings) -> None:
    given = {name: value for name, value in dict(safe).items() if name != "database_password_owner"}
    assert Settings.model_validate(given).unsafe() == []
