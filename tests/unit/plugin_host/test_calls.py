"""A call answers what its hookspec promises, or raises one of the core's own errors."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from core.api.errors import (
    CredentialsError,
    InvalidSignature,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Unsupported,
)
from core.api.hookspecs import hookimpl
from core.api.money import Money
from core.api.payments import (
    Account,
    Delivery,
    Link,
    LinkRequest,
    LinkStatus,
    PaymentState,
    PaymentStatus,
    ProviderEvent,
    ProviderLinkState,
)
from core.api.settings import Settings, setting
from core.plugin_host.entries import ProviderEntry
from core.plugin_host.ports import PaymentPort

SECRET = "key_that_nobody_may_read"
REQUEST = LinkRequest("link_1", "price_1", Money(100, "EUR"), 2)
DELIVERY = Delivery(b"{}", {}, ("whsec_unread",), datetime(2026, 1, 1, tzinfo=UTC))
PAYMENT = PaymentStatus("pay_1", PaymentState.SUCCEEDED, Money(200, "EUR"))
STATUS = LinkStatus(
    ref="plink_1", url="https://pay.example/1", state=ProviderLinkState.OPEN, payments=(PAYMENT,)
)


class KeySettings(Settings):
    key: SecretStr = setting(label="Key")


class Provider:
    """Does what the test puts into ``does``: raises it, or answers with it."""

    id = "acme"
    name = "Acme"
    Settings = KeySettings
    currencies = frozenset({"EUR"})
    event_types = ()
    does: Any = None

    def _do(self):
        if isinstance(self.does, BaseException):
            raise self.does
        return self.does() if callable(self.does) else self.does

    @hookimpl
    def validate_credentials(self):
        return self._do()

    @hookimpl
    def create_link(self, ctx, request):
        self.seen = (ctx.idempotency_key, request)
        return self._do()

    @hookimpl
    def fetch_status(self, ref):
        self.seen = ref
        return self._do()

    @hookimpl
    def parse_webhook(self):
        return self._do()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def port(provider, tools) -> PaymentPort:
    entry = ProviderEntry(provider, tools)
    return entry.bind(entry.context(KeySettings(key=SecretStr(SECRET)), idempotency_key="key_1"))


def test_the_port_speaks_the_hookspecs_words_without_ctx(provider, port):
    provider.does = Link("plink_1", "https://pay.example/1")
    assert port.create_link(REQUEST) == provider.does
    assert provider.seen == ("key_1", REQUEST)
    assert port.create_link(request=REQUEST) == provider.does


def test_a_verb_may_leave_out_arguments(provider, port):
    provider.does = STATUS
    assert port.fetch_status("plink_1") == STATUS
    assert provider.seen == "plink_1"


def test_an_argument_too_few_is_the_callers_mistake(port):
    with pytest.raises(TypeError, match="missing a required argument: 'ref'"):
        port.fetch_status()


def test_a_verb_that_is_not_implemented(port):
    with pytest.raises(Unsupported, match=r"Acme doesn't offer list_products\. Nothing was done"):
        port.list_products("", None)


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("no", field="key"),
        InvalidSignature("too old"),
        NotFound("gone"),
        NotSent("busy", retry_after=3),
        OutcomeUnknown("lost"),
        OperationalError("select 1", {}, Exception("our database is away")),
    ],
)
def test_the_cores_own_errors_pass(provider, port, error):
    provider.does = error
    with pytest.raises(type(error)) as raised:
        port.create_link(REQUEST)
    assert raised.value is error


@pytest.mark.parametrize("error", [KeyError("x"), OSError("x"), SystemExit(1), AssertionError()])
def test_anything_else_is_unknown_after_a_write_and_harmless_after_a_read(provider, port, error):
    provider.does = error
    with pytest.raises(OutcomeUnknown, match=r"acme failed in create_link\. It may have been done"):
        port.create_link(REQUEST)
    with pytest.raises(NotSent, match=r"acme failed in fetch_status\. Nothing was changed"):
        port.fetch_status("plink_1")


def test_what_stops_the_process_passes(provider, port):
    provider.does = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        port.fetch_status("plink_1")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "the answer is None, not Link"),
        ({"ref": "plink_1"}, "the answer is dict, not Link"),
        (Link("plink_1", None), "the answer.url is None, not str"),
    ],
)
def test_a_wrong_answer_of_a_write_is_unknown(provider, port, logged, answer, problem):
    provider.does = answer
    with pytest.raises(OutcomeUnknown):
        port.create_link(REQUEST)
    assert problem in logged[0]["exception"]
    assert logged[-1]["outcome"] == "WrongAnswer"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (True, "the answer is bool, not LinkStatus"),
        (replace(STATUS, state="open"), "the answer.state is str, not ProviderLinkState"),
        (
            replace(STATUS, payments=(replace(PAYMENT, money=2.0),)),
            "the answer.payments[0].money is float, not Money",
        ),
        (
            replace(STATUS, payments=(replace(PAYMENT, at=1700000000),)),
            "the answer.payments[0].at is int, not datetime or None",
        ),
        (replace(STATUS, payments=[PAYMENT]), "the answer.payments is list, not tuple["),
    ],
)
def test_a_wrong_answer_of_a_read(provider, port, logged, answer, problem):
    provider.does = answer
    with pytest.raises(NotSent):
        port.fetch_status("plink_1")
    assert problem in logged[0]["exception"]


def test_the_mode_of_an_account_is_one_of_two(provider, port, logged):
    provider.does = Account("acct_1", "Acme", "test", "EUR")
    assert port.validate_credentials() == provider.does
    provider.does = Account("acct_1", "Acme", "production", "EUR")
    with pytest.raises(NotSent):
        port.validate_credentials()
    assert "the answer.mode is none of 'test', 'live'" in logged[1]["exception"]


@pytest.mark.parametrize("answer", [True, None, (), [None], [ProviderEvent(1, "paid")]])
def test_a_webhook_is_translated_to_a_list_of_events(provider, port, answer):
    provider.does = [ProviderEvent("evt_1", "paid")]
    assert port.parse_webhook(DELIVERY) == provider.does
    provider.does = answer
    with pytest.raises(NotSent):
        port.parse_webhook(DELIVERY)


def test_a_coroutine_is_no_answer(provider, port, logged):
    async def later():
        return STATUS

    provider.does = later
    with pytest.raises(NotSent):
        port.fetch_status("plink_1")
    assert "the answer is a coroutine" in logged[0]["exception"]


def test_a_call_is_one_log_line_without_its_arguments(provider, port, logged):
    provider.does = STATUS
    port.fetch_status("plink_unlogged")
    (line,) = logged
    assert line.pop("ms") >= 0
    assert line == {
        "event": "port_call",
        "log_level": "info",
        "plugin": "acme",
        "port": "acme",
        "verb": "fetch_status",
        "outcome": "ok",
    }


def test_a_refusal_is_logged_with_its_name(provider, port, logged):
    provider.does = NotFound("gone")
    with pytest.raises(NotFound):
        port.fetch_status("plink_1")
    assert [line["outcome"] for line in logged] == ["NotFound"]


def test_a_failure_is_logged_with_its_traceback_and_without_secrets(provider, port, logged):
    provider.does = RuntimeError(f"401 for {SECRET}")
    with pytest.raises(NotSent) as raised:
        port.fetch_status("plink_1")
    failed, called = logged
    assert (failed["event"], failed["log_level"], failed["error"]) == (
        "port_failed",
        "error",
        "RuntimeError",
    )
    assert "in fetch_status" in failed["exception"]
    assert "RuntimeError: 401 for ***" in failed["exception"]
    assert SECRET not in str(logged)
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__
    assert called["outcome"] == "RuntimeError"


def test_a_signing_secret_is_kept_out_of_the_log_too(provider, port, logged):
    provider.does = ValueError("whsec_unread")
    with pytest.raises(NotSent):
        port.parse_webhook(DELIVERY)
    assert "ValueError: ***" in logged[0]["exception"]
    assert "whsec_unread" not in str(logged)
