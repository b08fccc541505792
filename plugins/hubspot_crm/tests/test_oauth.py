"""Access that somebody gives in the simulated HubSpot; what its kind promises is in test_conformance."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.testing.server import serve
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.simulator import oauth
from plugins.hubspot_crm.simulator import seed_data as seed

HUBSPOT = HubSpotConnector()
PORTAL = seed.BRIGHTWATER.portal


@pytest.fixture
def app(ctx, hubspot):
    """What a verb is handed before HubSpot is connected."""
    own = {"client_id": oauth.CLIENT_ID, "client_secret": oauth.CLIENT_SECRET}
    options = {**ctx.options, "app_base": hubspot.base_url, **own}
    return replace(ctx, settings=None, options=options)


def exchange(app, hubspot, code=None):
    given = code or hubspot.issue_code(PORTAL)
    return HUBSPOT.exchange_code(ctx=app, code=given, redirect_uri=hubspot.callback_url)


def test_somebody_allows_it_on_hubspots_page(app, hubspot):
    url = HUBSPOT.authorize_url(ctx=app, state="s-1", redirect_uri=hubspot.callback_url)
    page = requests.get(url, timeout=30).text
    for scope in ("crm.objects.deals.write", "crm.objects.owners.read", "Brightwater Studios"):
        assert scope in page
    sent = {"state": "s-1", "portal": PORTAL, "answer": "allow"}
    answer = requests.post(
        f"{hubspot.base_url}/oauth/authorize", data=sent, timeout=30, allow_redirects=False
    )
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s-1"]
    grant = exchange(app, hubspot, back["code"][0])
    account = HUBSPOT.validate_credentials(ctx=replace(app, settings=grant.settings))
    assert account.external_id == str(PORTAL)


def test_somebody_refuses_it(app, hubspot):
    sent = {"state": "s-1", "answer": "refuse"}
    answer = requests.post(
        f"{hubspot.base_url}/oauth/authorize", data=sent, timeout=30, allow_redirects=False
    )
    assert "error=access_denied" in answer.headers["Location"]


def test_a_refresh_token_stays(app, hubspot):
    first = exchange(app, hubspot)
    ctx = replace(app, settings=first.settings)
    second = HUBSPOT.refresh_auth(ctx=ctx)
    assert second.settings.refresh_token == first.settings.refresh_token
    assert second.settings.access_token != first.settings.access_token
    HUBSPOT.refresh_auth(ctx=ctx)


def test_a_wrong_secret_of_the_app_is_the_operators_to_mend(app, hubspot):
    wrong = replace(app, options={**app.options, "client_secret": "old"})
    with pytest.raises(Rejected) as caught:
        exchange(wrong, hubspot)
    assert caught.value.code == "client_refused"


def test_another_redirect_address_is_refused(app, hubspot):
    with pytest.raises(CredentialsError):
        HUBSPOT.exchange_code(
            ctx=app, code=hubspot.issue_code(PORTAL), redirect_uri="https://elsewhere.example/"
        )


@pytest.mark.parametrize(
    ("fault", "error"),
    [("rate_limited", NotSent), ("server_error", OutcomeUnknown), ("malformed", OutcomeUnknown)],
)
def test_no_clear_answer(app, hubspot, fault, error):
    hubspot.faults.add(fault)
    with pytest.raises(error):
        exchange(app, hubspot)


def test_nobody_listens(app, hubspot):
    with serve(lambda url: hubspot) as url:
        pass
    gone = replace(app, options={**app.options, "api_base": url})
    with pytest.raises(NotSent):
        exchange(gone, hubspot)
