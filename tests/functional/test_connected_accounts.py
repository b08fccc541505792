"""Several accounts: the default one, how each is, its key and its webhook, and its end."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.links.models import LinkClosing
from core.people.service import Member
from plugins.stripe_provider.simulator import auth, endpoints, seed, signed
from plugins.stripe_provider.simulator.endpoints import MOST_ENDPOINTS
from tests.functional.test_account_pages import add
from tests.functional.test_connections import at_once, stripe
from tests.functional.test_query_counts import counted
from tests.pages import form_to, frame, words
from tests.support import Browser, Clock
from tests.workspace import Workspace, everything

ALL = (
    "connected_account_read",
    "product_write",
    "plan_write",
    "payment_links_write",
    "checkout_session_write",
    "charge_read",
    "dispute_read",
    "event_read",
    "webhook_write",
)


def path(workspace: Workspace, more: str = "") -> str:
    return f"/accounts/{workspace.account_id}{more}"


def press(member: Browser, at: str, action: str, *fields: str) -> Any:
    """Send a form of a page; the page that follows."""
    return form_to(member.get(at), action).submit(*fields, status=303).follow()


def connect(workspace: Workspace, key: str = seed.LAKESIDE.key, label: str = "Second") -> str:
    made = connections.connect_account(workspace.app, workspace.owner, "stripe", label, stripe(key))
    return made.account_id


def row(workspace: Workspace, account_id: str) -> PaymentAccount:
    (found,) = workspace.rows(PaymentAccount, PaymentAccount.id == account_id)
    assert isinstance(found, PaymentAccount)
    return found


def defaults(workspace: Workspace) -> list[str]:
    return [one.label for one in workspace.rows(PaymentAccount, PaymentAccount.is_default)]


def steps(page: Any) -> dict[str, str]:
    """The steps of an account's page: how each is, by its title."""
    return {
        line.h3.get_text(strip=True): " ".join(line.find("p").get_text(" ").split())
        for line in page.html.select("ol.steps > li")
    }


# The default account


def test_the_first_is_the_default_and_another_can_be_made_it(
    member: Browser, workspace: Workspace
) -> None:
    assert defaults(workspace) == ["Northwind Stripe"]
    second = connect(workspace)
    assert defaults(workspace) == ["Northwind Stripe"]
    page = press(member, "/accounts", f"/accounts/{second}/default")
    assert "New links are made with Second unless another account is chosen." in words(page)
    assert defaults(workspace) == ["Second"]
    chosen = member.get(frame("links/new")).html.select_one("select[name=account_id] option[selected]")
    assert chosen["value"] == second


def test_when_the_default_is_switched_off_the_oldest_other_takes_its_place(
    member: Browser, workspace: Workspace
) -> None:
    connect(workspace, label="Second")
    connect(workspace, seed.SAKURA.key, "Third")
    switch = path(workspace, "/active")
    form_to(member.get("/accounts"), switch).submit("active")
    assert defaults(workspace) == ["Second"]
    form_to(member.get("/accounts"), switch).submit("active")
    assert defaults(workspace) == ["Second"]


def test_an_inactive_account_is_never_the_default(member: Browser, workspace: Workspace) -> None:
    form_to(member.get("/accounts"), path(workspace, "/active")).submit("active")
    assert defaults(workspace) == []
    token = form_to(member.get("/accounts"), path(workspace, "/active"))["csrf_token"].value
    page = member.post(path(workspace, "/default"), {"csrf_token": token}).follow()
    assert "This payment account is not active." in words(page)
    form_to(member.get("/accounts"), path(workspace, "/active")).submit("active")
    assert defaults(workspace) == ["Northwind Stripe"]


def test_two_who_choose_at_once_leave_one(workspace: Workspace) -> None:
    ids = [connect(workspace, label="Second"), connect(workspace, seed.SAKURA.key, "Third")]
    at_once(
        *(
            lambda id=id: connections.make_default(workspace.app, workspace.owner, id)
            for id in [*ids, workspace.account_id]
        )
    )
    assert len(defaults(workspace)) == 1


# The list


def test_the_list_says_how_each_account_is(member: Browser, workspace: Workspace) -> None:
    workspace.open_link()
    connect(workspace, seed.EUROPA.key, "Büro 事務所 🏦 <b>")
    page = member.get("/accounts")
    first, second = (" ".join(card.get_text(" ").split()) for card in page.html.select("article"))
    assert "TEST Default" in first
    assert "Key works, last checked" in first
    assert "Webhook registered" in first
    assert "Last event none yet" in first
    assert "Open links 1" in first
    assert "Büro 事務所 🏦 <b>" in second
    assert "TEST" not in second
    links = [link["href"] for link in page.html.select("article a[target]")]
    assert f"https://dashboard.stripe.com/{seed.NORTHWIND.id}/test/dashboard" in links


def test_ten_accounts_cost_as_many_queries_as_one(member: Browser, workspace: Workspace) -> None:
    member.get("/accounts")
    with counted(workspace) as few:
        member.get("/accounts")
    for start in (seed.LAKESIDE, seed.SAKURA, seed.GULF, seed.EUROPA):
        connect(workspace, start.key, start.name)
    with counted(workspace) as many:
        member.get("/accounts")
    assert len(many) == len(few)


# Testing, and what is missing


def test_a_test_changes_nothing_and_says_what_it_has_found(
    member: Browser, workspace: Workspace
) -> None:
    asked = workspace.sims.asked("POST /v1")
    found = steps(press(member, path(workspace), path(workspace, "/test")))
    assert found == {
        "Key": "It opens Northwind Trading (acct_1NorthwindTrading).",
        "Currency and country": "INR, IN; test mode",
        "Webhook endpoint": "It is registered at Stripe.",
        "Signing secret": "Set by Dealpay.",
        "Unit product": workspace.account().unit_product_ref,
    }
    assert workspace.sims.asked("POST /v1") == asked


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"disabled": True}, "The endpoint is switched off at Stripe."),
        (
            {"url": "https://before.example/webhooks/stripe/{token}"},
            "The endpoint leads to https://before",
        ),
        ({"enabled_events": ["charge.refunded"]}, "11 events that Dealpay needs aren't sent: checkout."),
    ],
)
def test_what_is_wrong_with_the_endpoint_is_found_and_mended(
    member: Browser, workspace: Workspace, change: dict[str, Any], said: str
) -> None:
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    if "url" in change:
        change = {"url": change["url"].format(token=workspace.account().webhook_token)}
    endpoints.update(workspace.stripe, change, endpoint["id"])
    page = press(member, path(workspace), path(workspace, "/test"))
    assert steps(page)["Webhook endpoint"].startswith(said)
    page = press(member, path(workspace), path(workspace, "/webhook"))
    assert steps(page)["Webhook endpoint"] == "It is registered at Stripe."
    page = press(member, path(workspace), path(workspace, "/test"))
    assert steps(page)["Webhook endpoint"] == "It is registered at Stripe."
    assert len(workspace.stripe.all("webhook_endpoint")) == 1


def test_an_endpoint_that_is_gone_is_found_missing(member: Browser, workspace: Workspace) -> None:
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    endpoints.delete(workspace.stripe, {}, endpoint["id"])
    page = press(member, path(workspace), path(workspace, "/test"))
    assert steps(page)["Webhook endpoint"].startswith(
        "Stripe has no endpoint for the webhook URL below."
    )
    press(member, path(workspace), path(workspace, "/webhook"))
    link_id = workspace.open_link()
    workspace.pay(link_id)
    assert workspace.deliver() == [200]


def test_two_endpoints_of_ours_are_told_of(member: Browser, workspace: Workspace) -> None:
    url = connections.webhook_url(workspace.app, workspace.account())
    endpoints.create(workspace.stripe, {"url": url, "enabled_events": ["*"]})
    page = press(member, path(workspace), path(workspace, "/test"))
    assert steps(page)["Webhook endpoint"].startswith("2 endpoints lead here")


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "unavailable", "malformed"])
def test_a_provider_that_gives_no_answer_makes_no_key_a_bad_one(
    member: Browser, workspace: Workspace, kind: str
) -> None:
    workspace.sims.stripe.faults.add(kind, path="/v1", times=None)
    page = press(member, path(workspace), path(workspace, "/test"))
    assert "Stripe" in steps(page)["Key"]
    assert workspace.account().health == "ok"
    workspace.sims.stripe.faults.clear()
    page = press(member, path(workspace), path(workspace, "/test"))
    assert steps(page)["Key"].startswith("It opens")


def test_a_revoked_key_is_found_and_replaced(member: Browser, workspace: Workspace) -> None:
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    page = press(member, path(workspace), path(workspace, "/test"))
    assert "wrong, expired or revoked" in steps(page)["Key"]
    assert "Key not working" in words(member.get("/accounts"))
    auth.add_key(workspace.sims.stripe.store, "sk_test_northwind_new", seed.NORTHWIND.id)
    form = form_to(page, path(workspace, "/key"))
    form["key-secret_key"] = " sk_test_northwind_new\n"
    page = form.submit(status=303).follow()
    assert steps(page)["Key"].startswith("It opens")


def test_a_restricted_key_names_what_it_lacks_with_the_reason(
    member: Browser, workspace: Workspace
) -> None:
    store = workspace.sims.stripe.store
    some = tuple(one for one in ALL if one not in ("dispute_read", "webhook_write"))
    auth.add_key(store, "rk_test_lakeside_some", seed.LAKESIDE.id, permissions=some)
    page = add(member, "rk_test_lakeside_some", label="Restricted").follow()
    found = steps(page)
    assert found["Permissions of the key"] == "The key lacks: Disputes (read), Webhook Endpoints (write)"
    assert "Webhook Endpoints" in found["Webhook endpoint"]
    rows = [
        " ".join(line.get_text(" ").split()) for line in page.html.select("#key ~ * tbody tr, tbody tr")
    ]
    (disputes,) = {line for line in rows if line.startswith("Disputes")}
    assert disputes == "Disputes Missing read A payment that its payer disputes shows on its link."
    # Ticked at the provider: nothing has to be typed again.
    auth.add_key(store, "rk_test_lakeside_some", seed.LAKESIDE.id, permissions=ALL)
    (account,) = workspace.rows(PaymentAccount, PaymentAccount.label == "Restricted")
    page = press(member, f"/accounts/{account.id}", f"/accounts/{account.id}/test")
    assert "Permissions of the key" not in steps(page)


def test_what_to_tick_is_listed_before_a_key_is_pasted(member: Browser) -> None:
    page = member.get("/accounts/new?provider=stripe")
    ticks = [line.th.get_text(strip=True) for line in page.html.select("tbody tr")]
    assert ticks == [
        "Account",
        "Products",
        "Prices",
        "Payment Links",
        "Checkout Sessions",
        "PaymentIntents",
        "Charges and Refunds",
        "Disputes",
        "Events",
        "Webhook Endpoints",
    ]


def test_an_account_that_takes_no_payments_yet_is_kept_and_says_so(
    member: Browser, workspace: Workspace
) -> None:
    store = workspace.sims.stripe.store
    raw = store.get("account", seed.LAKESIDE.id)
    assert raw
    store.put("account", seed.LAKESIDE.id, raw | {"incomplete": True})
    page = add(member, seed.LAKESIDE.key).follow()
    assert steps(page)["Currency and country"].startswith(
        "Stripe takes no payments for this account yet."
    )
    assert "Takes no payments yet" in words(member.get("/accounts"))


# The limit of endpoints


def test_the_limit_of_endpoints_is_shown_with_those_that_look_unused(
    member: Browser, workspace: Workspace
) -> None:
    lakeside = workspace.sims.stripe.account(seed.LAKESIDE.id)
    urls = [f"https://shop.example/{number}" for number in range(MOST_ENDPOINTS - 4)]
    urls += ["https://app.example.com/webhooks/stripe/of-nobody", "https://x.ngrok.io/hook"]
    urls += ["http://10.0.0.7/hook", "https://off.example/hook"]
    for url in urls:
        made = endpoints.create(lakeside, {"url": url, "enabled_events": ["*"]})
    endpoints.update(lakeside, {"disabled": True}, made["id"])
    page = add(member, seed.LAKESIDE.key, label="Full").follow()
    assert "Stripe lets an account have 16 webhook endpoints" in steps(page)["Webhook endpoint"]
    listed = [" ".join(line.get_text(" ").split()) for line in page.html.select("ol.steps tbody tr")]
    assert len(listed) == MOST_ENDPOINTS
    unused = [line.split()[0] for line in listed if "Looks unused" in line]
    assert sorted(unused) == sorted(urls[-4:])
    assert any("for no account that is connected here" in line for line in listed)
    # One is deleted, and the step is taken again alone.
    endpoints.delete(lakeside, {}, made["id"])
    (account,) = workspace.rows(PaymentAccount, PaymentAccount.label == "Full")
    page = press(member, f"/accounts/{account.id}", f"/accounts/{account.id}/webhook")
    assert steps(page)["Webhook endpoint"] == "It is registered at Stripe."
    assert page.html.select("ol.steps tbody tr") == []
    assert len(lakeside.all("webhook_endpoint")) == MOST_ENDPOINTS


@pytest.mark.parametrize(
    ("path_of", "step"), [("/v1/prices", "Unit product"), ("/v1/webhook_endpoints", "Webhook endpoint")]
)
@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "malformed"])
def test_a_step_that_fails_is_named_and_taken_again_alone(
    member: Browser, workspace: Workspace, path_of: str, step: str, kind: str
) -> None:
    faults = workspace.sims.stripe.faults
    faults.add(kind, path=path_of, method="POST", times=None)
    page = add(member, seed.LAKESIDE.key, label="Shaky").follow()
    assert "The account is connected." in words(page)
    assert "Not every step went well" in words(page)
    assert "Stripe" in steps(page)[step]
    faults.clear()
    (account,) = workspace.rows(PaymentAccount, PaymentAccount.label == "Shaky")
    again = {"Unit product": "unit-product", "Webhook endpoint": "webhook"}[step]
    page = press(member, f"/accounts/{account.id}", f"/accounts/{account.id}/{again}")
    if "can't be read again" in words(page):  # Stripe had made the endpoint, and its answer was lost
        press(member, f"/accounts/{account.id}", f"/accounts/{account.id}/renew-secret")
    account = row(workspace, account.id)
    assert account.unit_product_ref
    assert account.sealed_secrets
    assert len(workspace.sims.stripe.account(seed.LAKESIDE.id).all("webhook_endpoint")) == 1


# The signing secret


def signed_delivery(workspace: Workspace, secret: str) -> int:
    """Our answer to an event that is signed with ``secret``."""
    (event,) = workspace.stripe.all("event")[:1]
    body, headers = signed(event, secret, int(workspace.app.clock().timestamp()))
    workspace.app.remembered.clear()
    return workspace.send(body, headers)


def test_while_a_secret_is_rolled_either_signs(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    workspace.open_link()
    old = workspace.signing_secret()
    page = press(member, path(workspace), path(workspace, "/renew-secret"))
    assert "There is a new signing secret." in words(page)
    assert "The old signing secret is accepted, too, until" in words(page)
    new = workspace.signing_secret()  # of the only endpoint there is
    assert new != old
    assert [signed_delivery(workspace, one) for one in (old, new)] == [200, 200]
    clock.turn(days=3, seconds=1)
    assert [signed_delivery(workspace, one) for one in (old, new)] == [400, 200]
    assert "The old signing secret is accepted" not in words(member.get(path(workspace)))


def test_the_old_secret_is_ended_by_hand(member: Browser, workspace: Workspace) -> None:
    workspace.open_link()
    old = workspace.signing_secret()
    press(member, path(workspace), path(workspace, "/renew-secret"))
    press(member, path(workspace), path(workspace, "/end-old-secret"))
    assert signed_delivery(workspace, old) == 400
    assert signed_delivery(workspace, workspace.signing_secret()) == 200


def test_a_secret_that_is_pasted_twice_is_one(member: Browser, workspace: Workspace) -> None:
    for _ in range(2):
        form = form_to(member.get(path(workspace)), path(workspace, "/secret"))
        form["secret"] = "whsec_pasted_by_hand"
        page = form.submit(status=303).follow()
    assert steps(page)["Signing secret"] == "Pasted by somebody of your team."
    assert connections.accepts_old_secret(workspace.app, workspace.account())
    assert "The old signing secret is accepted, too, until" in words(page)


def test_a_secret_that_nobody_knows_is_asked_for(member: Browser, workspace: Workspace) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.merge(workspace.account()).sealed_secrets = None
    page = press(member, path(workspace), path(workspace, "/webhook"))
    assert "can't be read again: copy it from the provider's page" in steps(page)["Signing secret"]
    form = form_to(page, path(workspace, "/secret"))
    form["secret"] = workspace.signing_secret()
    assert (
        steps(form.submit(status=303).follow())["Signing secret"] == "Pasted by somebody of your team."
    )


# The end


def test_open_links_are_asked_about(member: Browser, workspace: Workspace) -> None:
    links = [workspace.open_link() for _ in range(2)]
    form = form_to(member.get("/accounts"), path(workspace, "/active"))
    page = form.submit("active", status=303).follow()
    assert workspace.account().active
    assert "2 links can still be paid. What shall become of them?" in words(page)
    form = form_to(page, path(workspace, "/deactivate"))
    page = form.submit(status=303).follow()
    assert "Northwind Stripe is inactive now." in words(page)
    assert workspace.rows(LinkClosing) == []
    workspace.pay(links[0])
    workspace.deliver()
    workspace.work()
    assert workspace.link(links[0]).state == "paid"  # it is recorded all the same


def test_open_links_are_closed_once_each_by_jobs(member: Browser, workspace: Workspace) -> None:
    ids = [workspace.open_link() for _ in range(3)]
    paid = workspace.open_link()
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    form = form_to(member.get(path(workspace, "/deactivate")), path(workspace, "/deactivate"))
    form["links"] = "close"
    page = form.submit(status=303).follow()
    assert "3 links are being deactivated at the provider." in words(page)
    assert "0 of 3 are closed. 3 wait for their turn." in words(page)
    form.submit(status=303)  # a second tab
    assert len(workspace.rows(LinkClosing)) == 3
    workspace.work()
    assert {workspace.link(id).state for id in ids} == {"deactivated"}
    assert workspace.link(paid).state == "paid"
    for id in ids:
        assert not workspace.stripe.get("payment_link", workspace.link(id).provider_ref)["active"]
    page = member.get(path(workspace))
    assert "3 of 3 are closed." in words(page)


def test_a_link_that_cant_be_closed_now_is_closed_later(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    link_id = workspace.open_link()
    workspace.work()
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    connections_before = workspace.account().sealed_settings
    form = form_to(member.get(path(workspace, "/deactivate")), path(workspace, "/deactivate"))
    form["links"] = "close"
    form.submit(status=303)
    workspace.work()
    assert "1 could not be closed." in words(member.get(path(workspace)))
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id)
    form.submit(status=303)
    workspace.work()
    assert workspace.link(link_id).state == "deactivated"
    assert workspace.account().sealed_settings == connections_before
    assert len(workspace.rows(LinkClosing)) == 1


def test_only_an_account_with_which_nothing_was_made_is_deleted(
    member: Browser, workspace: Workspace
) -> None:
    second = connect(workspace)
    workspace.open_link()
    page = press(member, path(workspace), path(workspace, "/delete"))
    assert "it can't be deleted. Deactivate it instead." in words(page)
    page = press(member, f"/accounts/{second}", f"/accounts/{second}/delete")
    assert "Second is deleted." in words(page)
    assert [one.id for one in workspace.rows(PaymentAccount)] == [workspace.account_id]
    member.get(f"/accounts/{second}", status=404)


# Bad input


def test_an_account_may_be_connected_in_another_workspace_too(
    workspace: Workspace, stranger: Member
) -> None:
    """Events lead to links by the provider's own ids, and nobody is told whose else it is."""
    connections.connect_account(workspace.app, stranger, "stripe", "", stripe(seed.NORTHWIND.key))
    assert len(everything(workspace.app, PaymentAccount)) == 2
    assert len(workspace.stripe.all("webhook_endpoint")) == 2  # an address for each


def test_a_form_that_is_sent_twice_makes_one_account(member: Browser, workspace: Workspace) -> None:
    form = form_to(member.get("/accounts/new?provider=stripe"), "/accounts/new")
    form["key-secret_key"], form["label"] = seed.LAKESIDE.key, "Twice"
    form.submit(status=303)
    assert "is connected already" in words(form.submit(status=422))
    assert len(workspace.rows(PaymentAccount, PaymentAccount.label == "Twice")) == 1


def test_registering_at_once_makes_no_second_endpoint(workspace: Workspace) -> None:
    with ThreadPoolExecutor(3) as pool:
        register = connections.register_webhook
        for one in [
            pool.submit(register, workspace.app, workspace.tenant_id, workspace.account_id)
            for _ in range(3)
        ]:
            one.result()
    assert len(workspace.stripe.all("webhook_endpoint")) == 1
