"""A key that its provider gave no answer about is kept as a draft, of no use until it was checked."""

from datetime import timedelta

import pytest

from core.audit.models import AuditEntry
from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.home import checklist, setup
from core.people.service import Member
from plugins.stripe_provider.simulator import auth, seed
from tests.functional.test_account_pages import add
from tests.functional.test_connections import stripe
from tests.pages import form_to, words
from tests.support import Browser, Clock
from tests.workspace import Workspace

NO_ANSWER = "Stripe can't be reached at the moment."


def fail(workspace: Workspace, kind: str = "unavailable") -> None:
    workspace.sims.stripe.faults.clear()
    workspace.sims.stripe.faults.add(kind, path="/v1/account", times=None)


def recover(workspace: Workspace) -> None:
    workspace.sims.stripe.faults.clear()


def draft(workspace: Workspace, key: str = seed.LAKESIDE.key, label: str = "Clinic") -> PaymentAccount:
    """What is kept of a key that Stripe says nothing about."""
    fail(workspace)
    made = connections.connect_account(workspace.app, workspace.owner, "stripe", label, stripe(key))
    recover(workspace)
    assert made.steps is None
    return row(workspace, made.account_id)


def round_of(workspace: Workspace) -> str | None:
    """What a worker does every ten minutes."""
    return workspace.app.jobs.periodics["connections.drafts"].function(workspace.app)


def row(workspace: Workspace, account_id: str) -> PaymentAccount:
    (found,) = workspace.rows(PaymentAccount, PaymentAccount.id == account_id)
    assert isinstance(found, PaymentAccount)
    return found


def drafts(workspace: Workspace) -> list[connections.Draft]:
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        return connections.drafts(workspace.app, session)


def states(workspace: Workspace) -> list[str]:
    return [one.state for one in drafts(workspace)]


@pytest.mark.parametrize("kind", ["unavailable", "server_error", "rate_limited", "lost_reply"])
def test_without_an_answer_the_key_is_kept_and_checked_later(
    member: Browser, workspace: Workspace, kind: str
) -> None:
    fail(workspace, kind)
    page = add(member, seed.LAKESIDE.key, label="Zweigstelle Öst").follow()
    assert "There was no answer, so the key is not checked yet." in words(page)
    assert "Zweigstelle Öst Not checked yet" in words(page)
    assert seed.LAKESIDE.key not in page.text
    (kept,) = drafts(workspace)
    check = form_to(page, f"/accounts/{kept.account.id}/check")
    again = check.submit(status=303).follow()
    assert "Not checked yet" in words(again)
    recover(workspace)
    page = check.submit(status=303).follow()
    assert "The account is connected." in words(page)
    made = row(workspace, kept.account.id)
    assert (made.external_id, made.label) == (seed.LAKESIDE.id, "Zweigstelle Öst")
    assert (made.draft, made.active, made.is_default) == (False, True, False)
    assert made.unit_product_ref
    assert made.sealed_secrets
    assert len(workspace.sims.stripe.account(seed.LAKESIDE.id).all("webhook_endpoint")) == 1
    entries = [one.action for one in workspace.rows(AuditEntry, AuditEntry.target == made.id)]
    assert entries == ["account.draft_kept", "account.connected"]
    # From a page that is older than that.
    page = check.submit(status=303).follow()
    assert "This draft isn't there any more" in words(page)


def test_it_is_checked_by_itself_for_a_day(workspace: Workspace, clock: Clock) -> None:
    kept = draft(workspace, label="")
    fail(workspace)
    clock.turn(hours=23)
    round_of(workspace)
    assert row(workspace, kept.id).checked_at == clock()
    assert states(workspace) == ["waiting"]
    recover(workspace)
    clock.turn(minutes=10)
    round_of(workspace)
    made = row(workspace, kept.id)
    assert (made.draft, made.label, made.health) == (False, "Lakeside Clinics", "ok")
    assert made.unit_product_ref
    assert made.webhook_ref


def test_then_it_is_given_up_and_says_so(member: Browser, workspace: Workspace, clock: Clock) -> None:
    kept = draft(workspace)
    clock.turn(days=1)
    round_of(workspace)
    assert row(workspace, kept.id).draft
    page = member.get("/accounts")
    assert "Dealpay has tried for a day and stopped." in words(page)
    page = form_to(page, f"/accounts/{kept.id}/check").submit(status=303).follow()
    assert "The account is connected." in words(page)


def test_a_key_that_is_refused_then_waits_for_a_person(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    kept = draft(workspace)
    auth.add_key(workspace.sims.stripe.store, seed.LAKESIDE.key, seed.LAKESIDE.id, expired=True)
    clock.turn(minutes=10)
    round_of(workspace)
    assert states(workspace) == ["refused"]
    page = member.get("/accounts")
    assert "Key refused" in words(page)
    assert "Stripe refuses this key" in words(page)
    clock.turn(minutes=10)
    round_of(workspace)
    assert row(workspace, kept.id).checked_at == clock() - timedelta(minutes=10)
    page = form_to(page, f"/accounts/{kept.id}/delete").submit(status=303).follow()
    assert "Clinic is deleted." in words(page)
    assert drafts(workspace) == []


def test_a_draft_is_of_no_use(
    member: Browser, workspace: Workspace, stranger: Member, clock: Clock
) -> None:
    """Though it is the oldest account there is, and was to be active."""
    app, kept = workspace.app, draft(workspace)
    connections.delete_account(app, workspace.owner, workspace.account_id)
    assert workspace.rows(PaymentAccount, PaymentAccount.is_default) == []
    fail(workspace)
    with app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        assert connections.list_accounts(session) == []
        assert connections.get_account(session, kept.id) is None
        assert [one.says for one in setup.troubles(app, session) if one.what == "Clinic"] == [
            "Its key is kept, and not checked yet: "
            "Stripe can't be reached at the moment. Nothing was done; try again shortly."
        ]
    (step,) = (one for one in checklist.steps(app, workspace.tenant_id) if "account" in one.title)
    assert not step.done
    assert "could not be checked yet" in step.why
    for refuse in (
        lambda: connections.make_default(app, workspace.owner, kept.id),
        lambda: connections.payment_port(app, workspace.tenant_id, kept.id),
        lambda: connections.register_webhook(app, workspace.tenant_id, kept.id),
        lambda: connections.set_signing_secret(app, workspace.owner, kept.id, "whsec_pasted"),
        lambda: connections.update_account(
            app, workspace.owner, kept.id, label="", active=True, settings=stripe()
        ),
        lambda: connections.check_draft(app, stranger, kept.id),
        lambda: connections.delete_account(app, stranger, kept.id),
    ):
        with pytest.raises(connections.NotConnected):
            refuse()
    assert connections.receiver(app, "stripe", kept.webhook_token) is None
    assert connections.count_without_secret(app) == 0
    assert connections.accounts_to_sweep(app) == []
    for of in ("", "/deactivate"):
        member.get(f"/accounts/{kept.id}{of}", status=404)
    assert "Clinic" not in words(member.get("/links"))
    assert "Clinic" not in words(member.get("/rules/new"))


def test_the_same_key_leaves_one_draft_or_none(member: Browser, workspace: Workspace) -> None:
    fail(workspace)
    form = form_to(member.get("/accounts/new?provider=stripe"), "/accounts/new")
    form["key-secret_key"], form["label"] = seed.LAKESIDE.key, "Twice"
    for _ in range(2):
        form.submit(status=303)
    assert len(drafts(workspace)) == 1
    recover(workspace)
    form.submit(status=303)
    assert drafts(workspace) == []
    assert len(workspace.rows(PaymentAccount, PaymentAccount.label == "Twice")) == 1


def test_two_drafts_of_one_account(workspace: Workspace, clock: Clock) -> None:
    """And of an account that is connected: which it is, nobody knows before the key was checked."""
    auth.add_key(workspace.sims.stripe.store, "sk_test_second_key_51Hq8", seed.LAKESIDE.id)
    first, second = draft(workspace), draft(workspace, "sk_test_second_key_51Hq8", "Again")
    third = draft(workspace, seed.NORTHWIND.key, "Shop")
    clock.turn(minutes=10)
    round_of(workspace)
    connected = {one.id for one in (first, second) if not row(workspace, one.id).draft}
    assert len(connected) == 1
    left = {one.account.id: one.problem for one in drafts(workspace)}
    assert left.keys() == {first.id, second.id, third.id} - connected
    assert all("is connected already" in problem for problem in left.values())
    assert states(workspace) == ["refused", "refused"]
