"""Keys and accounts: one workspace for a CRM tenant, nothing made twice, and nothing lost with a key."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.api.errors import CredentialsError, Rejected
from core.connections import service
from core.connections.models import CrmConnection, PaymentAccount
from core.people.service import Member
from core.tenants.models import Tenant
from core.testing.store import Doc
from plugins.kylas_crm.settings import KylasSettings
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import auth, endpoints, seed
from tests.conftest import add_workspace
from tests.pages import form_to
from tests.support import Browser, Clock
from tests.workspace import MOVE_DEAL, Workspace, everything

NEW_KEY = "sk_test_northwind_rolled_51Hq9"


def kylas(key: str = seed_data.API_KEY_B) -> KylasSettings:
    return KylasSettings(api_key=key)


def stripe(key: str = seed.LAKESIDE.key) -> StripeSettings:
    return StripeSettings(secret_key=key)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call answers, or the error it raises, all of them begun at the same moment."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


# The CRM


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("5d2f6a1c-0b7e-4c39-9a54-000000000000:8301", "Kylas does not accept this API key."),
        (seed_data.API_KEY_B, "This key opens Lakeside Clinics, and this workspace belongs to another"),
    ],
)
def test_a_wrong_or_foreign_key_changes_nothing(workspace: Workspace, key: str, sentence: str) -> None:
    (before,) = workspace.rows(CrmConnection)
    with pytest.raises(CredentialsError, match=sentence) as refused:
        service.connect_crm(workspace.app, workspace.owner, "kylas", kylas(key))
    assert refused.value.field == "api_key"
    assert key not in str(refused.value)
    (after,) = workspace.rows(CrmConnection)
    assert (after.sealed_settings, after.health) == (before.sealed_settings, "ok")
    assert workspace.record().title == "Rooftop solar, phase 1"


def test_a_crm_tenant_has_one_workspace(workspace: Workspace, stranger: Member) -> None:
    with pytest.raises(CredentialsError, match="Northwind Trading has a workspace already"):
        service.connect_crm(workspace.app, stranger, "kylas", kylas(seed_data.API_KEY_A))
    assert len(everything(workspace.app, CrmConnection)) == 1


def test_two_workspaces_that_ask_at_once(workspace: Workspace, stranger: Member) -> None:
    other = add_workspace(workspace.app, "Fabrikam", "other@example.com")
    answers = at_once(
        *(
            lambda actor=actor: service.connect_crm(workspace.app, actor, "kylas", kylas())
            for actor in (stranger, other)
        )
    )
    (refused,) = (answer for answer in answers if isinstance(answer, Exception))
    assert isinstance(refused, CredentialsError)
    assert "Lakeside Clinics has a workspace already." in str(refused)
    bound = [one for one in everything(workspace.app, Tenant) if one.crm_tenant_id == "4202"]
    assert len(bound) == 1


def test_a_key_that_is_saved_twice_at_once(workspace: Workspace, stranger: Member) -> None:
    save = [lambda: service.connect_crm(workspace.app, stranger, "kylas", kylas())] * 2
    assert [type(answer) for answer in at_once(*save)] == [CrmConnection, CrmConnection]
    kept = [row for row in everything(workspace.app, CrmConnection) if row.external_id == "4202"]
    assert len(kept) == 1


# Payment accounts


def test_a_key_that_was_revoked_connects_nothing(workspace: Workspace) -> None:
    with pytest.raises(CredentialsError, match="wrong, expired or revoked"):
        service.connect_account(
            workspace.app, workspace.owner, "stripe", "Old", stripe(seed.REVOKED_KEY)
        )
    assert len(workspace.rows(PaymentAccount)) == 1


def test_an_account_is_connected_once(workspace: Workspace) -> None:
    with pytest.raises(CredentialsError, match="is connected already"):
        service.connect_account(
            workspace.app, workspace.owner, "stripe", "Again", stripe(seed.NORTHWIND.key)
        )
    assert [account.label for account in workspace.rows(PaymentAccount)] == ["Northwind Stripe"]


def test_an_account_that_is_added_twice_at_once(workspace: Workspace) -> None:
    add = [
        lambda: service.connect_account(workspace.app, workspace.owner, "stripe", "New", stripe())
    ] * 2
    refused = [answer for answer in at_once(*add) if isinstance(answer, Exception)]
    assert [type(error) for error in refused] == [CredentialsError]
    assert [account.label for account in workspace.rows(PaymentAccount)] == ["Northwind Stripe", "New"]
    lakeside = workspace.sims.stripe.account(seed.LAKESIDE.id)
    assert len(lakeside.all("webhook_endpoint")) == 1


def test_a_restricted_key_is_told_what_it_lacks(workspace: Workspace) -> None:
    key = "rk_test_lakeside_links_only"
    auth.add_key(
        workspace.sims.stripe.store,
        key,
        seed.LAKESIDE.id,
        permissions=(*seed.LINKS_ONLY, "connected_account_read"),
    )
    made = service.connect_account(workspace.app, workspace.owner, "stripe", "", stripe(key))
    product, webhook = made.steps
    assert product.problem is None
    assert "Webhook Endpoints" in str(webhook.problem)
    (account,) = workspace.rows(PaymentAccount, PaymentAccount.id == made.account_id)
    assert (account.health, account.label) == ("ok", "Lakeside Clinics")
    assert account.last_error == (
        "The key lacks: Charges and Refunds (read), Disputes (read), Events (read), "
        "Webhook Endpoints (write)"
    )


def units(workspace: Workspace) -> list[Doc]:
    """The prices of the unit product, as Stripe has them."""
    return workspace.stripe.all("price", lambda one: one["lookup_key"] == "dealpay_unit_inr")


def test_the_unit_product_is_found_again(workspace: Workspace, stranger: Member) -> None:
    """By a second click, and by another workspace that connects the same account."""
    (unit,) = units(workspace)
    workspace.stripe.put(unit | {"active": False})
    service.make_unit_product(workspace.app, workspace.tenant_id, workspace.account_id)
    made = service.connect_account(workspace.app, stranger, "stripe", "", stripe(seed.NORTHWIND.key))
    (account,) = (one for one in everything(workspace.app, PaymentAccount) if one.id == made.account_id)
    assert account.unit_product_ref == workspace.account().unit_product_ref == unit["id"]
    assert [one["active"] for one in units(workspace)] == [True]


def test_the_webhook_endpoint_is_found_again(workspace: Workspace) -> None:
    (made,) = workspace.stripe.all("webhook_endpoint")
    endpoints.update(workspace.stripe, {"disabled": True}, made["id"])
    secret = workspace.account().sealed_secrets
    service.register_webhook(workspace.app, workspace.tenant_id, workspace.account_id)
    (found,) = workspace.stripe.all("webhook_endpoint")
    assert (found["id"], found["status"]) == (made["id"], "enabled")
    assert workspace.account().sealed_secrets == secret


def test_an_endpoint_whose_secret_nobody_knows(workspace: Workspace) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.merge(workspace.account()).sealed_secrets = None
    with pytest.raises(Rejected) as refused:
        service.register_webhook(workspace.app, workspace.tenant_id, workspace.account_id)
    assert "copy it from the provider's page and paste it here" in refused.value.user_message
    assert len(workspace.stripe.all("webhook_endpoint")) == 1


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/webhook_endpoints"])
def test_a_lost_reply_while_an_account_is_connected(workspace: Workspace, path: str) -> None:
    """Stripe's client asks again under the same key: nothing is made twice, and no secret is lost."""
    workspace.sims.stripe.faults.add("lost_reply", path=path, method="POST")
    made = service.connect_account(workspace.app, workspace.owner, "stripe", "", stripe())
    assert [step.problem for step in made.steps] == [None, None]
    lakeside = workspace.sims.stripe.account(seed.LAKESIDE.id)
    assert len(lakeside.all("price")) == len(lakeside.all("webhook_endpoint")) == 1


def test_a_step_that_fails_loses_no_account(workspace: Workspace) -> None:
    workspace.sims.stripe.faults.add("unavailable", path="/v1/prices", method="POST", times=None)
    made = service.connect_account(workspace.app, workspace.owner, "stripe", "", stripe())
    product, webhook = made.steps
    assert (product.name, webhook.problem) == ("Unit product", None)
    assert "it may have been done" in str(product.problem)
    workspace.sims.stripe.faults.clear()
    service.make_unit_product(workspace.app, workspace.tenant_id, made.account_id)
    assert len(workspace.sims.stripe.account(seed.LAKESIDE.id).all("price")) == 1


@pytest.mark.parametrize("key", [seed.LAKESIDE.key, seed.EUROPA.key])
def test_another_accounts_key_replaces_nothing(workspace: Workspace, key: str) -> None:
    before = workspace.account().sealed_settings
    with pytest.raises(CredentialsError, match="Add it as another connected account"):
        service.update_account(
            workspace.app,
            workspace.owner,
            workspace.account_id,
            label="",
            active=True,
            settings=stripe(key),
        )
    assert workspace.account().sealed_settings == before


def test_a_payment_waits_for_a_key_that_works(
    workspace: Workspace, member: Browser, clock: Clock
) -> None:
    """The key is revoked while a customer pays; with a new one the payment is there at once."""
    link_id = workspace.open_link()
    workspace.work()
    workspace.pay(link_id)
    store = workspace.sims.stripe.store
    auth.add_key(store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    assert workspace.deliver() == [200]
    for _ in range(3):
        workspace.work()
        clock.turn(minutes=2)
    (delivery,) = workspace.deliveries()
    assert (delivery.job_state, workspace.link(link_id).state) == ("pending", "open")
    assert "wrong, expired or revoked" in str(delivery.last_error)
    assert workspace.account().health == "failing"

    auth.add_key(store, NEW_KEY, seed.NORTHWIND.id)
    form = form_to(
        member.get(f"/accounts/{workspace.account_id}"), f"/accounts/{workspace.account_id}/key"
    )
    form["key-secret_key"] = NEW_KEY
    form.submit(status=303)
    workspace.work()
    assert workspace.link(link_id).state == "paid"
    assert workspace.runs(link_id)[MOVE_DEAL] == "done"
    assert (workspace.account().health, workspace.account().hint) == ("ok", f"…{NEW_KEY[-4:]}")
