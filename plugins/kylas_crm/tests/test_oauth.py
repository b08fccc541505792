"""Access that somebody gives in the simulated Kylas; what its kind promises is in test_conformance."""

from dataclasses import replace

import pytest

from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.testing.server import serve
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.simulator import oauth
from plugins.kylas_crm.simulator import seed_data as seed

KYLAS = KylasConnector()


@pytest.fixture
def app(ctx):
    """What a verb is handed before Kylas is connected."""
    own = {"client_id": oauth.CLIENT_ID, "client_secret": oauth.CLIENT_SECRET}
    return replace(ctx, settings=None, options={**ctx.options, **own})


def exchange(app, kylas):
    code = kylas.issue_code(seed.TENANT_A, seed.ASHA)
    return KYLAS.exchange_code(ctx=app, code=code, redirect_uri=kylas.callback_url)


def test_whose_access_it_is(app, kylas):
    grant = exchange(app, kylas)
    account = KYLAS.validate_credentials(ctx=replace(app, settings=grant.settings))
    assert (account.external_id, account.user.id) == (str(seed.TENANT_A), str(seed.ASHA))


def test_a_refresh_token_works_once(app, kylas):
    ctx = replace(app, settings=exchange(app, kylas).settings)
    KYLAS.refresh_auth(ctx=ctx)
    with pytest.raises(CredentialsError):
        KYLAS.refresh_auth(ctx=ctx)


def test_a_wrong_secret_of_the_app_is_the_operators_to_mend(app, kylas):
    wrong = replace(app, options={**app.options, "client_secret": "old"})
    with pytest.raises(Rejected) as caught:
        exchange(wrong, kylas)
    assert caught.value.code == "client_refused"


@pytest.mark.parametrize(
    ("fault", "error"),
    [("rate_limited", NotSent), ("server_error", OutcomeUnknown), ("malformed", OutcomeUnknown)],
)
def test_no_clear_answer(app, kylas, fault, error):
    kylas.faults.add(fault, path="/oauth")
    with pytest.raises(error):
        exchange(app, kylas)


def test_nobody_listens(app, kylas):
    with serve(lambda url: kylas) as url:
        pass
    with pytest.raises(NotSent):
        exchange(replace(app, options={**app.options, "api_base": url}), kylas)
