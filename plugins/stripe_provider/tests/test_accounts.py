"""Whose key it is, and what a restricted one lacks."""

import pytest

from core.api.errors import CredentialsError
from plugins.stripe_provider.simulator import auth, seed


class TestCredentials:
    def test_a_secret_key_opens_its_account(self, provider, ctx):
        account = provider.validate_credentials(ctx)
        assert (account.external_id, account.name) == (seed.NORTHWIND.id, "Northwind Trading")
        assert (account.mode, account.currency, account.country) == ("test", "INR", "IN")
        assert account.missing_permissions == ()

    def test_a_live_key_is_live(self, provider, context, simulator):
        account = provider.validate_credentials(context(simulator, key=seed.EUROPA.key))
        assert (account.mode, account.currency) == ("live", "EUR")

    def test_a_revoked_key_is_refused(self, provider, context, simulator):
        with pytest.raises(CredentialsError, match="wrong, expired or revoked"):
            provider.validate_credentials(context(simulator, key=seed.REVOKED_KEY))

    def test_a_key_that_may_not_read_the_account_is_told_so(self, provider, context, simulator):
        with pytest.raises(CredentialsError, match="lacks the permission Account Read") as refused:
            provider.validate_credentials(context(simulator, key=seed.RESTRICTED_KEY))
        assert refused.value.field == "secret_key"

    @pytest.mark.parametrize(
        ("permissions", "missing"),
        [
            (
                (
                    "product_write",
                    "plan_write",
                    "payment_links_write",
                    "checkout_session_write",
                    "charge_read",
                    "dispute_read",
                    "event_read",
                    "webhook_write",
                ),
                (),
            ),
            (
                ("product_write", "checkout_session_read"),
                (
                    "Prices (write)",
                    "Payment Links (write)",
                    "Charges and Refunds (read)",
                    "Disputes (read)",
                    "Events (read)",
                    "Webhook Endpoints (write)",
                ),
            ),
        ],
    )
    def test_what_a_restricted_key_lacks_is_found(
        self, provider, context, simulator, permissions, missing
    ):
        granted = ("connected_account_read", *permissions)
        auth.add_key(simulator.store, "rk_test_some", seed.NORTHWIND.id, permissions=granted)
        account = provider.validate_credentials(context(simulator, key="rk_test_some"))
        assert account.missing_permissions == missing

    def test_an_account_without_a_currency_is_not_ready(self, provider, context, answering):
        served = answering("200 OK", '{"id": "acct_1", "object": "account"}')
        with served as (url, _), pytest.raises(CredentialsError, match="currency"):
            provider.validate_credentials(context(url))

    def test_an_account_that_takes_no_payments_yet_says_so(self, provider, context, simulator):
        account = simulator.store.get("account", seed.NORTHWIND.id)
        simulator.store.put("account", seed.NORTHWIND.id, account | {"incomplete": True})
        assert not provider.validate_credentials(context(simulator)).can_charge

    @pytest.mark.parametrize(
        ("key", "url"),
        [
            (seed.NORTHWIND.key, "https://dashboard.stripe.com/acct_1NorthwindTrading/test/dashboard"),
            (seed.EUROPA.key, "https://dashboard.stripe.com/acct_1EuropaBooks/dashboard"),
        ],
    )
    def test_it_is_found_in_the_dashboard(self, provider, context, simulator, key, url):
        account = provider.validate_credentials(context(simulator, key=key))
        assert provider.account_url(context(simulator, key=key, account=account)) == url
