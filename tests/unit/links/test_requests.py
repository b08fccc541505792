"""What a provider is asked for: what it declares, and nothing else."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from core.api.errors import Rejected
from core.api.money import Money
from core.api.payments import Expiry, LinkOptions, LinkRequest, Payer
from core.app import App
from core.links.tasks import request_for
from core.people.service import Member
from tests.rows import add_account, add_link

EXPIRY = Expiry(timedelta(0), timedelta(days=180))
MAIL = frozenset({"mail"})


@pytest.fixture
def asked(app: App, owner: Member) -> Any:
    """A function that says what a provider with some options is asked for."""
    account = add_account(app, owner)

    def ask(options: LinkOptions, **terms: Any) -> LinkRequest:
        link = add_link(app, owner, account, **terms)
        port: Any = SimpleNamespace(provider="Acme", link_options=options)
        return request_for(app, link, port)

    return ask


def test_all_that_is_declared(app: App, asked: Any) -> None:
    at = app.clock() + timedelta(days=3)
    terms = {
        "expires_at": at,
        "first_part_minor": 100,
        "send_by": "mail",
        "payer_name": "Asha",
        "payer_email": "asha@payer.example",
    }
    request = asked(LinkOptions(EXPIRY, parts=True, notify=MAIL), **terms)
    assert (request.expires_at, request.first_part) == (at, Money(100, "EUR"))
    assert (request.payer, request.notify) == (Payer("Asha", "asha@payer.example"), MAIL)


def test_an_expiry_that_the_host_keeps_is_not_the_providers_business(app: App, asked: Any) -> None:
    assert asked(LinkOptions(), expires_at=app.clock() + timedelta(days=3)).expires_at is None


@pytest.mark.parametrize("terms", [{"first_part_minor": 100}, {"send_by": "mail"}])
def test_what_a_provider_has_given_up_meanwhile_is_not_left_out_in_silence(
    asked: Any, terms: dict[str, Any]
) -> None:
    with pytest.raises(Rejected, match="Acme doesn't offer any more") as refused:
        asked(LinkOptions(EXPIRY), **terms)
    assert refused.value.code == "option_gone"
