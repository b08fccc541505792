"""Nothing secret is in a log line, whoever wrote it."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from core.web.logging import configure, formatter
from core.web.redaction import HIDDEN, redact, redact_text

UUID = "0b0c1a9e-6f6e-4b0a-9a51-2f0d9d4f7c11"
SECRETS = [
    "sk_test_" + "51HxYzAbCdEf",
    "sk_live_" + "51HxYzAbCdEf",
    "rk_test_" + "51HxYzAbCdEf",
    "whsec_" + "Zm9vYmFyYmF6cXV4",
    "whsec_" + "Zm9v/YmFy+YmF6cXV4QQ==",
    f"{UUID}:12345",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "the key {} is wrong", "?key={}&a=1", '{{"key": "{}"}}', "({})"]
)
def test_what_looks_like_a_secret_is_hidden(secret: str, around: str) -> None:
    cleaned = redact_text(around.format(secret))
    assert secret not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("postgresql://app:hunter22@db.example/x", "hunter22"),
        ("smtp://no-reply:p%40ss@mail.example:587", "p%40ss"),
        ("GET /verify/3q2-7wAbcdefghijklmnop_QRS", "3q2-7wAbcdefghijklmnop_QRS"),
        ("GET /invites/3q2-7wAbcdefghijklmnop_QRS", "3q2-7wAbcdefghijklmnop_QRS"),
        ("GET /password/3q2-7wAbcdefghijklmnop_QRS", "3q2-7wAbcdefghijklmnop_QRS"),
        ("POST /webhooks/stripe/3q2-7wAbcdefghijklmnop", "3q2-7wAbcdefghijklmnop"),
    ],
)
def test_secrets_in_addresses_and_headers_are_hidden(text: str, secret: str) -> None:
    assert secret not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "lnk_01KB0000000000000000000000",
        "pk_test_123",
        UUID,
        "https://buy.stripe.com/test_abc",
        "task_list",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "api_key",
        "secret",
        "signing_secret",
        "access_token",
        "Authorization",
        "X-Api-Key",
        "set-cookie",
        "refresh_tokens",
        "key",
    ],
)
def test_what_is_named_like_a_secret_is_hidden(name: str) -> None:
    assert redact({"outer": [{name: "plain"}]}) == {"outer": [{name: HIDDEN}]}


def test_other_names_stay() -> None:
    line = {"record_key": "kylas:deal:1", "monkey": "a", "keyboard": "b", "count": 3, "none": None}
    assert redact(line) == line


class Talkative:
    def __str__(self) -> str:
        return SECRETS[0]


def test_objects_are_hidden_by_what_they_say() -> None:
    assert redact({"settings": Talkative(), "all": {Talkative()}}) == {
        "settings": HIDDEN,
        "all": [HIDDEN],
    }


@pytest.fixture(params=["json", "console"])
def lines(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """What a handler of ours writes."""
    before = structlog.get_config()
    configure(request.param)
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(request.param))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    structlog.configure(**before)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_way_into_the_log_lets_a_secret_through(lines: StringIO, secret: str) -> None:
    ours, library = structlog.get_logger("ours"), logging.getLogger("library")
    ours.warning(f"event {secret}", value=secret, nested={"deep": [secret]}, password="hunter22")
    library.warning("sent %s", secret)
    for log in (ours, library):
        try:
            raise ValueError(f"refused {secret}")
        except ValueError:
            log.exception("failed")
    written = lines.getvalue()
    assert secret not in written
    assert "hunter22" not in written
    assert written.count(HIDDEN) >= 6
    assert "ValueError" in written


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("library", logging.INFO, __file__, 1, "sent %s", ("a",), None)
    line = json.loads(formatter("json").format(record))
    assert line["event"] == "sent a"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")
