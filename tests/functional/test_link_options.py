"""A link's options, from the modal to its end: expiry, parts, and what the provider sends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from webtest import Form, TestResponse

from core.links.expiry import close_expired
from core.links.models import Flag, PaymentLink
from plugins.notes.settings import WriteNoteConfig
from plugins.razorpay_provider.simulator import RazorpaySimulator, links, seed
from tests.functional.test_query_counts import counted
from tests.pages import form_to, frame, problems, words
from tests.rules import add_rule
from tests.support import Browser, Clock
from tests.workspace import Workspace

# The app is led to the simulator at its start.
pytestmark = pytest.mark.usefixtures("razorpay")

NEW = "/embed/kylas/links/new"
IST = ZoneInfo("Asia/Kolkata")


def modal(member: Browser, workspace: Workspace) -> Form:
    """The form for the workspace's account, with 4,500 rupees in it."""
    form = form_to(member.get(frame("links/new")), NEW)
    if form["account_id"].value != workspace.account_id:
        form["account_id"] = workspace.account_id
        form = form_to(form.submit("step", value="choices"), NEW)
    form["quantity"] = "4500"
    return form


def day(clock: Clock, ahead: int) -> str:
    return (clock().astimezone(IST) + timedelta(days=ahead)).date().isoformat()


def end_of(clock: Clock, ahead: int) -> datetime:
    local = clock().astimezone(IST) + timedelta(days=ahead)
    return local.replace(hour=23, minute=59, second=59, microsecond=0).astimezone(UTC)


def make(form: Form, workspace: Workspace) -> PaymentLink:
    """The link that sending the form makes."""
    form.submit(status=303)
    return workspace.rows(PaymentLink)[-1]


def fields(page: TestResponse) -> set[str]:
    """The inputs that a person can see."""
    return {one["name"] for one in page.html.find_all("input") if one.get("type") != "hidden"}


def pay(link: PaymentLink, amount: str) -> None:
    assert link.url
    requests.post(link.url, data={"method": "upi", "amount": amount}, allow_redirects=False, timeout=30)


def run_rules(workspace: Workspace) -> None:
    """Notes on a part and on an expiry."""
    for event in ("link.part_paid", "link.expired"):
        text = "{{link.due}} of {{link.amount}} is due"
        add_rule(
            workspace.app,
            workspace.owner,
            event,
            event,
            ("write_note", WriteNoteConfig(template=f"{event}: {text}")),
        )


class TestWhatIsOffered:
    def test_stripe_is_closed_by_the_host_and_offers_nothing_else(
        self, member: Browser, workspace: Workspace
    ) -> None:
        page = member.get(frame("links/new"))
        assert "expires_on" in fields(page)
        assert not fields(page) & {"first_part", "notify_mail", "notify_sms", "payer_email"}
        assert page.html.find("details").has_attr("open") is False

    def test_razorpay_offers_all_with_the_contact_of_the_record(
        self, member: Browser, second: Workspace
    ) -> None:
        form = modal(member, second)
        [contact] = second.record().contacts[:1]
        assert form["payer_name"].value == contact.name
        assert (form["payer_email"].value, form["payer_phone"].value) == (contact.email, contact.phone)
        assert (form["expires_on"].value, form["first_part"].value) == ("", "")
        assert not form["notify_mail"].checked

    def test_another_account_hides_what_it_lacks_and_loses_nothing(
        self, member: Browser, workspace: Workspace, second: Workspace, clock: Clock
    ) -> None:
        form = modal(member, second)
        form["first_part"], form["expires_on"], form["notify_mail"] = "1000", day(clock, 3), True
        form["payer_email"] = "meena@payer.example"
        form["account_id"] = workspace.account_id
        page = form.submit("step", value="choices")
        assert not fields(page) & {"first_part", "notify_mail", "payer_email"}
        there = form_to(page, NEW)
        assert there["expires_on"].value == day(clock, 3)
        there["account_id"] = second.account_id
        back = form_to(there.submit("step", value="choices"), NEW)
        assert back["first_part"].value == "1000"
        assert back["notify_mail"].checked
        assert back["payer_email"].value == "meena@payer.example"

    def test_what_is_not_offered_is_not_asked_for(
        self, member: Browser, workspace: Workspace, second: Workspace
    ) -> None:
        form = modal(member, second)
        form["first_part"], form["notify_mail"] = "nonsense", True
        form["account_id"] = workspace.account_id
        there = form_to(form.submit("step", value="choices"), NEW)
        link = make(there, workspace)
        assert (link.account_id, link.first_part_minor, link.send_by) == (workspace.account_id, None, "")
        assert link.payer_email is None

    def test_the_days_that_can_be_chosen(self, member: Browser, second: Workspace, clock: Clock) -> None:
        page = form_to(member.get(frame("links/new")), NEW)
        page["account_id"] = second.account_id
        expires = page.submit("step", value="choices").html.find(id="field-expires_on")
        # The clock says 08:34 in India: this evening is far enough away.
        assert (expires["min"], expires["max"]) == (day(clock, 0), day(clock, 179))
        presets = expires.parent.find_all("button")
        days = [day(clock, ahead) for ahead in (1, 3, 7, 30)]
        assert [one["data-preset"] for one in presets] == [*days, ""]


class TestWhatIsWrong:
    def test_a_day_that_razorpay_does_not_keep(
        self, member: Browser, second: Workspace, clock: Clock
    ) -> None:
        form = modal(member, second)
        for ahead, said in (
            (-1, "This day is over. Choose a later one."),
            (200, "Razorpay's links are open for 180 days at most. Choose an earlier day."),
        ):
            form["expires_on"] = day(clock, ahead)
            page = form.submit(status=422)
            assert problems(page) == [said]
            assert page.html.find(id="field-expires_on-error").get_text(strip=True) == said
            assert page.html.find("details").has_attr("open")
            assert form_to(page, NEW)["expires_on"].value == day(clock, ahead)
        assert second.rows(PaymentLink) == []

    def test_a_day_that_ends_too_soon(self, member: Browser, second: Workspace, clock: Clock) -> None:
        clock.now = end_of(clock, 0) - timedelta(minutes=10)
        form = modal(member, second)
        form["expires_on"] = day(clock, 0)
        said = "Razorpay's links are open for 20 minutes at least. Choose a later day."
        assert problems(form.submit(status=422)) == [said]

    def test_a_day_that_is_none(self, member: Browser, workspace: Workspace) -> None:
        form = modal(member, workspace)
        for typed in ("soon", "2026-02-30", "9999-12-31", "0001-01-01"):
            form["expires_on"] = typed
            page = form.submit(status=422)
            assert len(problems(page)) == 1
            assert form_to(page, NEW)["expires_on"].value == typed

    def test_a_first_part_that_is_none(self, member: Browser, second: Workspace) -> None:
        form = modal(member, second)
        unread = "Enter an amount in INR such as 1500.00, with at most 2 decimals and no commas."
        for typed, said in (
            ("1,000", unread),
            ("10.555", unread),
            ("some", unread),
            ("0", "Enter an amount above 0."),
            ("4500", "Enter less than 4,500.00 INR, which is all that the link asks for."),
        ):
            form["first_part"] = typed
            page = form.submit(status=422)
            assert problems(page) == [said]
            assert form_to(page, NEW)["first_part"].value == typed

    def test_whom_to_write_to(self, member: Browser, second: Workspace) -> None:
        form = modal(member, second)
        form["notify_mail"] = form["notify_sms"] = True
        form["payer_email"], form["payer_phone"] = "", "12"
        page = form.submit(status=422)
        assert problems(page) == [
            "Enter the address that the link is to be sent to.",
            "Enter a number with its country code, such as +91 90000 12345.",
        ]
        form["payer_email"] = "nobody"
        said = "Enter an e-mail address such as name@example.com."
        assert said in problems(form.submit(status=422))

    def test_a_contact_that_nobody_is_to_write_to_is_never_wrong(
        self, member: Browser, second: Workspace
    ) -> None:
        form = modal(member, second)
        form["payer_email"], form["payer_phone"] = "nobody", "none"
        link = make(form, second)
        assert (link.payer_name, link.payer_email, link.payer_phone) == (None, None, None)

    def test_what_razorpay_refuses_is_said_in_the_form(self, member: Browser, second: Workspace) -> None:
        form = modal(member, second)
        form["first_part"] = "0.50"
        page = form.submit(status=422)
        assert "minimum 1.00" in problems(page)[0]
        assert form_to(page, NEW)["first_part"].value == "0.50"


class TestRazorpay:
    @pytest.fixture
    def account(self, razorpay: RazorpaySimulator) -> Any:
        return razorpay.account(seed.NORTHWIND.id)

    def test_everything_that_was_asked_for_is_at_razorpay(
        self, member: Browser, second: Workspace, clock: Clock, account: Any
    ) -> None:
        form = modal(member, second)
        form["expires_on"], form["first_part"] = day(clock, 3), "1000.50"
        form["notify_mail"] = form["notify_sms"] = True
        form["payer_name"], form["payer_email"] = "Meena", "meena@payer.example"
        form["payer_phone"] = "+91 90000-90000"
        link = make(form, second)
        [made] = account.all("payment_link")
        assert made["expire_by"] == int(end_of(clock, 3).timestamp())
        assert (made["accept_partial"], made["first_min_partial_amount"]) == (True, 100_050)
        assert made["customer"] == {
            "name": "Meena",
            "email": "meena@payer.example",
            "contact": "+919000090000",
        }
        sent = links.notices(account, made["id"])
        assert {one["to"] for one in sent} == {"meena@payer.example", "+919000090000"}
        assert link.expires_at == end_of(clock, 3)
        assert second.events(link.id).count("link.sent") == 2
        page = words(member.get(f"{frame('links/new')}&made={link.id}"))
        assert "Expires Jan 5, 2026, 11:59 PM IST" in page
        assert "Sent to Meena, meena@payer.example, +919000090000" in page

    def test_a_link_that_is_asked_for_nothing_has_nothing(
        self, member: Browser, second: Workspace, account: Any
    ) -> None:
        make(modal(member, second), second)
        [made] = account.all("payment_link")
        assert (made["expire_by"], made["accept_partial"], made["customer"]) == (0, False, {})
        assert links.notices(account, made["id"]) == []

    def test_the_same_form_with_other_options_is_another_link(
        self, member: Browser, second: Workspace, clock: Clock, account: Any
    ) -> None:
        form = modal(member, second)
        form["expires_on"] = day(clock, 3)
        first = form.submit(status=303)
        assert form.submit(status=303).location == first.location
        form["expires_on"] = day(clock, 7)
        assert form.submit(status=303).location != first.location
        assert len(account.all("payment_link")) == 2

    def test_parts_are_paid_one_after_the_other(
        self, member: Browser, second: Workspace, razorpay: RazorpaySimulator
    ) -> None:
        run_rules(second)
        form = modal(member, second)
        form["first_part"] = "1000"
        link = make(form, second)
        pay(link, "1000")
        assert set(razorpay.deliveries.flush()) == {200}
        second.work()
        assert second.link(link.id).state == "part_paid"
        assert "link.part_paid: 3,500.00 INR of 4,500.00 INR is due" in second.notes()
        page = words(member.get(f"/links/{link.id}"))
        assert "Part paid" in page
        assert "Still to be paid ₹3,500.00 INR" in page
        panel = words(member.get(frame("links")))
        assert "₹1,000.00 INR of it paid, ₹3,500.00 INR to go" in panel
        assert "Open ₹3,500.00 INR" in panel
        assert link.id in member.get("/links?status=part_paid").text
        assert link.id not in member.get("/links?status=open").text
        pay(link, "3500")
        razorpay.deliveries.flush()
        second.work()
        assert (second.link(link.id).state, second.link(link.id).flags) == ("paid", Flag(0))
        assert second.stage() == "Won"

    def test_the_payer_of_a_part_reads_what_is_left(
        self, member: Browser, second: Workspace, browser: Browser
    ) -> None:
        form = modal(member, second)
        form["first_part"] = "1000"
        link = make(form, second)
        pay(link, "1000")
        page = browser.get(f"/p/{link.payer_token}")
        assert "₹1,000.00 INR has arrived" in words(page)
        assert "₹3,500.00 INR is still to be paid." in words(page)
        assert page.html.find("a", class_="button")["href"] == link.url

    def test_it_expires_by_razorpays_clock(
        self, member: Browser, second: Workspace, razorpay: RazorpaySimulator, clock: Clock
    ) -> None:
        run_rules(second)
        form = modal(member, second)
        form["expires_on"], form["first_part"] = day(clock, 3), "1000"
        link = make(form, second)
        pay(link, "1000")
        assert close_expired(second.app) is None
        clock.now = end_of(clock, 3) + timedelta(seconds=31)
        assert close_expired(second.app) == "Links that expired: 1."
        second.work()
        assert second.link(link.id).state == "expired"
        assert "link.expired: 3,500.00 INR of 4,500.00 INR is due" in second.notes()
        # Razorpay tells of it as well, which changes nothing.
        razorpay.deliveries.flush()
        second.work()
        assert second.events(link.id).count("link.expired") == 1
        assert link.id in member.get("/links?status=expired").text
        assert close_expired(second.app) is None

    def test_one_that_somebody_has_prolonged_at_razorpay_stays_open(
        self, member: Browser, second: Workspace, account: Any, clock: Clock
    ) -> None:
        form = modal(member, second)
        form["expires_on"] = day(clock, 3)
        link = make(form, second)
        links.update(account, str(link.provider_ref), {"expire_by": int(end_of(clock, 9).timestamp())})
        clock.now = end_of(clock, 3) + timedelta(seconds=30)
        assert close_expired(second.app) is None
        assert second.link(link.id).expiry_at == clock() + timedelta(minutes=10)
        clock.now = end_of(clock, 0) + timedelta(hours=2)
        assert close_expired(second.app) is None
        assert second.link(link.id).expiry_at == clock() + timedelta(days=1)
        clock.turn(days=7)
        assert close_expired(second.app) == "Links that expired: 1."

    def test_its_webhook_is_enough(
        self, member: Browser, second: Workspace, razorpay: RazorpaySimulator, clock: Clock
    ) -> None:
        form = modal(member, second)
        form["expires_on"] = day(clock, 3)
        link = make(form, second)
        clock.now = end_of(clock, 3)
        links.expire_due(razorpay.account(seed.NORTHWIND.id))
        assert razorpay.deliveries.flush() == [200]
        second.work()
        assert (second.link(link.id).state, second.link(link.id).expiry_at) == ("expired", None)


class TestStripe:
    @pytest.fixture
    def link(self, member: Browser, workspace: Workspace, clock: Clock) -> PaymentLink:
        form = modal(member, workspace)
        form["expires_on"] = day(clock, 3)
        return make(form, workspace)

    def test_the_host_closes_the_link_when_its_time_is_over(
        self, link: PaymentLink, workspace: Workspace, clock: Clock, member: Browser
    ) -> None:
        run_rules(workspace)
        assert "Expires" in words(member.get(f"/links/{link.id}"))
        clock.now = end_of(clock, 3)
        assert close_expired(workspace.app) is None
        clock.turn(seconds=30)
        assert close_expired(workspace.app) == "Links that expired: 1."
        workspace.work()
        [there] = workspace.stripe.all("payment_link")
        assert (workspace.link(link.id).state, there["active"]) == ("expired", False)
        assert "link.expired: 4,500.00 INR of 4,500.00 INR is due" in workspace.notes()
        assert close_expired(workspace.app) is None

    def test_a_lost_reply_is_answered_by_doing_it_again(
        self, link: PaymentLink, workspace: Workspace, clock: Clock
    ) -> None:
        clock.now = end_of(clock, 3) + timedelta(seconds=30)
        workspace.sims.stripe.faults.add("lost_reply", path="/v1/payment_links/", method="POST", times=9)
        assert "accounts failed" in str(close_expired(workspace.app))
        workspace.sims.stripe.faults.clear()
        assert workspace.link(link.id).state == "open"
        assert close_expired(workspace.app) is None, "it is put off"
        clock.turn(minutes=10, seconds=30)
        assert close_expired(workspace.app) == "Links that expired: 1."
        assert workspace.events(link.id).count("link.expired") == 1

    def test_what_is_paid_when_its_time_is_over_is_recorded_and_flagged(
        self, link: PaymentLink, workspace: Workspace, clock: Clock, member: Browser
    ) -> None:
        """The app was down when the link was to be closed."""
        clock.now = end_of(clock, 3) + timedelta(hours=2)
        workspace.pay(link.id)
        workspace.deliver()
        workspace.work()
        paid = workspace.link(link.id)
        assert (paid.state, paid.expiry_at) == ("paid", None)
        assert Flag.PAID_LATE in paid.flags
        assert Flag.NEEDS_ATTENTION in paid.flags
        assert "when the link had expired already" in words(member.get(f"/links/{link.id}"))
        assert close_expired(workspace.app) is None

    def test_one_that_is_paid_or_taken_back_in_time_is_left_alone(
        self, link: PaymentLink, workspace: Workspace, clock: Clock, member: Browser
    ) -> None:
        form_to(member.get(f"/links/{link.id}"), f"/links/{link.id}/deactivate").submit(status=303)
        assert workspace.link(link.id).state == "deactivated"
        clock.now = end_of(clock, 3) + timedelta(hours=2)
        assert close_expired(workspace.app) is None


class TestSendingAgain:
    @pytest.fixture
    def link(self, member: Browser, second: Workspace) -> PaymentLink:
        form = modal(member, second)
        form["notify_mail"], form["payer_email"] = True, "meena@payer.example"
        return make(form, second)

    @pytest.fixture
    def send(self, member: Browser, link: PaymentLink) -> Callable[[], str]:
        """A function that presses the button; what the page says then."""

        def press() -> str:
            form = form_to(member.get(f"/links/{link.id}"), f"/links/{link.id}/send/mail")
            return words(form.submit(status=303).follow())

        return press

    def test_it_is_sent_once_more_and_not_at_once_again(
        self,
        link: PaymentLink,
        send: Callable[[], str],
        razorpay: RazorpaySimulator,
        second: Workspace,
        clock: Clock,
    ) -> None:
        account = razorpay.account(seed.NORTHWIND.id)
        assert "less than ten minutes ago" in send()
        clock.turn(minutes=11)
        said = send()
        assert "The link was sent once more." in said
        assert "Razorpay sent the link by e-mail to meena@payer.example." in said
        assert len(links.notices(account, str(link.provider_ref))) == 2
        assert second.events(link.id).count("link.sent") == 2

    def test_after_a_lost_reply_a_person_decides(
        self, link: PaymentLink, send: Callable[[], str], razorpay: RazorpaySimulator, clock: Clock
    ) -> None:
        account = razorpay.account(seed.NORTHWIND.id)
        clock.turn(minutes=11)
        razorpay.faults.add("lost_reply", path="/notify_by/", method="POST")
        said = send()
        assert "nobody knows whether the link was sent" in said
        assert "Nobody knows whether Razorpay sent the link once more by e-mail" in said
        assert len(links.notices(account, str(link.provider_ref))) == 2
        assert "less than ten minutes ago" in send()

    def test_only_as_it_was_sent_and_while_it_takes_payments(
        self, link: PaymentLink, member: Browser, second: Workspace
    ) -> None:
        page = member.get(f"/links/{link.id}")
        assert "/send/mail" in page.text
        assert "/send/sms" not in page.text
        token = form_to(page, f"/links/{link.id}/send/mail")["csrf_token"].value
        sent = member.post(f"/links/{link.id}/send/sms", {"csrf_token": token}, status=303)
        assert "can't be sent in this way" in words(sent.follow())
        member.post(f"/links/{link.id}/send/pigeon", {"csrf_token": token}, status=404)
        pay(link, "4500")
        form_to(page, f"/links/{link.id}/check").submit()
        assert "/send/" not in member.get(f"/links/{link.id}").text


def test_a_list_of_part_paid_links_takes_as_many_questions_as_any(
    member: Browser, second: Workspace
) -> None:
    asked = []
    for _ in range(3):
        form = modal(member, second)
        form["first_part"] = "1000"
        link = make(form, second)
        pay(link, "1000")
        form_to(member.get(f"/links/{link.id}"), f"/links/{link.id}/check").submit()
        for path in (frame("links"), "/links"):
            with counted(second) as sent:
                member.get(path)
            asked.append(len(sent))
    assert asked[2:4] == asked[4:]
