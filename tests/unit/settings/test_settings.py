"""What an operator may set, and what is said where it can't be meant."""

from typing import Any

import pytest

from core.settings import AppSettings, SettingsError, read_settings

GIVEN = {
    "dealpay.secret_keys": "/etc/dealpay/keys.json",
    "dealpay.public_url": "https://pay.example.com",
    "dealpay.mail_url": "smtp://localhost",
}
SANDBOX = {"dealpay.secret_keys": "keys.json", "dealpay.sandbox": "true"}


def read(environ: dict[str, str] | None = None, **changed: str) -> AppSettings:
    ini = GIVEN | {f"dealpay.{name}": value for name, value in changed.items()}
    return read_settings(ini, environ or {})


def refusal(given: dict[str, str], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(given, environ or {})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_ini_file_is_read() -> None:
    settings = read(worker_threads="3", run_jobs="false", session_days="30")
    assert (settings.worker_threads, settings.run_jobs, settings.session_days) == (3, False, 30)
    assert settings.database_url == "sqlite:///var/dealpay.sqlite"


def test_options_of_plugins_and_of_pyramid_are_not_the_hosts() -> None:
    others = {"dealpay.stripe_provider.api_base": "https://api.stripe.com", "pyramid.debug_all": "true"}
    assert read_settings(GIVEN | others, {}) == read()


def test_the_environment_sets_what_the_ini_file_leaves_out() -> None:
    settings = read({"DEALPAY_PORT": "8000", "PORT": "1", "DEALPAY_NOT_OURS": "x"})
    assert settings.port == 8000


def test_the_environment_may_repeat_the_ini_file() -> None:
    assert read({"DEALPAY_PORT": "8000"}, port="8000").port == 8000


def test_the_environment_must_not_say_something_else() -> None:
    said = refusal(GIVEN | {"dealpay.port": "8000"}, {"DEALPAY_PORT": "9000"})
    assert said == "dealpay.port and DEALPAY_PORT say different things: set only one of them"


@pytest.mark.parametrize("name", ["secret_keys", "public_url", "mail_url"])
def test_a_missing_setting_is_named_with_both_ways_to_set_it(name: str) -> None:
    said = refusal({key: value for key, value in GIVEN.items() if key != f"dealpay.{name}"})
    assert said.startswith(f"dealpay.{name} is not set. ")
    assert said.endswith(
        f"Set it in the ini file as dealpay.{name} or in the environment as DEALPAY_{name.upper()}."
    )


def test_a_misspelt_setting_is_answered_with_the_likely_one() -> None:
    said = refusal(GIVEN | {"dealpay.databse_url": "sqlite://"})
    assert said == "dealpay.databse_url is not a setting: did you mean dealpay.database_url?"


def test_an_unknown_setting_is_refused() -> None:
    assert refusal(GIVEN | {"dealpay.colour": "red"}) == "dealpay.colour is not a setting"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("port", "http", "valid integer"),
        ("port", "0", "greater than or equal to 1"),
        ("port", "65534", "less than or equal to 65533"),
        ("sandbox", "perhaps", "valid boolean"),
        ("log_format", "xml", "match pattern"),
        ("public_url", "https://example.com/pay", "an address without a path"),
        ("public_url", "pay.example.com", "an address without a path"),
        ("worker_threads", "0", "greater than or equal to 1"),
        ("web_processes", "-1", "greater than or equal to 0"),
        ("trusted_proxies", "10.0.0.0/8, nginx", "does not appear to be an IPv4 or IPv6 network"),
        ("trusted_proxies", "10.0.0.1/8", "has host bits set"),
        ("metrics_token", "short", "match pattern"),
    ],
)
def test_a_wrong_value_is_named_with_its_setting(name: str, value: str, what: str) -> None:
    said = refusal(GIVEN | {f"dealpay.{name}": value})
    assert said.startswith(f"dealpay.{name}: ")
    assert what in said


def test_a_wrong_value_is_not_repeated() -> None:
    assert "hunter2" not in refusal(GIVEN | {"dealpay.public_url": "ftp://user:hunter2@example.com"})


def test_the_sandbox_fills_in_its_own_addresses() -> None:
    settings = read_settings(SANDBOX | {"dealpay.port": "7000"}, {})
    assert settings.public_url == "http://localhost:7000"
    assert settings.sandbox_url == "http://127.0.0.1:7001"
    assert settings.mail_url == "smtp://127.0.0.1:7002"


def test_a_wrong_port_of_the_sandbox_is_named() -> None:
    assert refusal(SANDBOX | {"dealpay.port": "http"}).startswith("dealpay.port: ")


def test_the_sandbox_runs_on_this_machine_only() -> None:
    said = refusal(SANDBOX | {"dealpay.public_url": "https://pay.example.com"})
    assert said.startswith("dealpay.sandbox: ")
    assert "on localhost only" in said


def test_the_sandbox_has_one_web_process() -> None:
    said = refusal(SANDBOX | {"dealpay.web_processes": "2"})
    assert said == "dealpay.web_processes: a sandbox is served by one process, so take it out"


def test_without_the_sandbox_its_address_is_refused() -> None:
    said = refusal(GIVEN | {"dealpay.sandbox_url": "http://127.0.0.1:1"})
    assert said == "dealpay.sandbox_url is set while dealpay.sandbox is off: take it out"


@pytest.mark.parametrize(("url", "secure"), [("https://a.example", True), ("http://localhost", False)])
def test_https_is_known_from_the_public_address(url: str, secure: bool) -> None:
    assert read(public_url=url).secure is secure


def test_a_slash_at_the_end_of_an_address_is_dropped() -> None:
    assert read(public_url="https://pay.example.com/").public_url == "https://pay.example.com"


@pytest.mark.parametrize("ini", [GIVEN, SANDBOX])
def test_settings_survive_the_way_through_an_ini_file(ini: dict[str, Any]) -> None:
    settings = read_settings(ini, {"DEALPAY_WORKER_THREADS": "2"})
    assert read_settings(settings.as_ini(), {}) == settings
