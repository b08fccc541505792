"""The simulator's pages as a payer and a merchant meet them, over real HTTP."""

import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

import pytest

from plugins.razorpay_provider.simulator import seed


def words(answer):
    status, body = answer
    return status, body["error"]["description"]


class TestHostedPage:
    def test_a_part_is_paid_where_that_is_allowed(self, api, http, made):
        url, path = made["short_url"], f"payment_links/{made['id']}"
        refused = http.post(url, data={"amount": "400"})
        assert "has to be paid in one" in refused.text
        api("PATCH", path, {"accept_partial": True})
        assert "You may pay a part of it" in http.get(url).text
        assert "less than the least, or more" in http.post(url, data={"amount": "1001"}).text
        assert "not an amount" in http.post(url, data={"amount": "a lot"}).text
        http.post(url, data={"amount": "400"})
        _, link = api("GET", path)
        assert (link["status"], link["amount_paid"]) == ("partially_paid", 40_000)
        assert "₹600.00" in http.get(url).text
        assert "already paid/partially paid" in words(api("POST", f"{path}/cancel"))[1]
        http.post(f"{url}/change", data={"action": "expire"})
        assert api("GET", path)[1]["status"] == "expired"

    def test_the_first_part_has_a_least(self, api, http):
        body = {"amount": 100_000, "accept_partial": True, "first_min_partial_amount": 30_000}
        _, link = api("POST", "payment_links", body)
        assert "less than the least" in http.post(link["short_url"], data={"amount": "299.99"}).text
        assert "₹300.00 at least" in http.get(link["short_url"]).text
        http.post(link["short_url"], data={"amount": "300"})
        http.post(link["short_url"], data={"amount": "1"})
        assert api("GET", f"payment_links/{link['id']}")[1]["amount_paid"] == 30_100

    def test_the_bank_declines(self, api, http, made):
        page = http.post(made["short_url"], data={"action": "decline", "method": "card"})
        assert "declined" in page.text
        assert [one["status"] for one in api("GET", "payments")[1]["items"]] == ["failed"]
        assert api("GET", f"payment_links/{made['id']}")[1]["status"] == "created"

    def test_nothing_else_can_be_done_to_a_link(self, http, made, account):
        http.post(f"{made['short_url']}/change", data={"action": "pay_for_me"})
        assert account.get("payment_link", made["id"]) == made

    def test_a_link_that_is_over_says_so(self, http, made):
        http.post(made["short_url"], data={"method": "upi"})
        assert "Nothing more is due" in http.get(made["short_url"]).text
        assert (
            "cannot cancel" in http.post(f"{made['short_url']}/change", data={"action": "cancel"}).text
        )

    def test_the_callback_is_signed_with_the_key_secret(self, api, http):
        back = {"callback_url": "https://app.example/p", "callback_method": "get"}
        _, link = api("POST", "payment_links", {"amount": 100, "reference_id": "TS1"} | back)
        answer = http.post(link["short_url"], data={}, allow_redirects=False)
        told = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        message = f"{link['id']}|TS1|paid|{told['razorpay_payment_id']}"
        expected = hmac.new(
            seed.NORTHWIND.key_secret.encode(), message.encode(), hashlib.sha256
        ).hexdigest()
        assert told["razorpay_signature"] == expected

    @pytest.mark.parametrize("path", ["", "/change"])
    def test_a_link_that_is_not_there(self, simulator, http, path):
        url = f"{simulator.base_url}/i/nothing{path}"
        assert http.post(url, data={}).status_code == 404
        assert http.get(f"{simulator.base_url}/i/nothing").status_code == 404


class TestDashboard:
    def test_it_shows_what_happened(self, simulator, http, made, payer, dashboard, account):
        http.post(made["short_url"], data={"method": "upi"})
        [payment] = account.all("payment")
        dashboard(f"payments/{payment['id']}/refunds", amount="100", speed="later")
        dashboard(f"payments/{payment['id']}/disputes")
        page = http.get(f"{simulator.base_url}/").text
        for shown in (
            made["id"],
            payment["id"],
            "Refund of ₹100.00",
            "Dispute of ₹1,000.00",
            seed.NORTHWIND.key_id,
            seed.NORTHWIND.key_secret,
        ):
            assert shown in page
        assert http.get(f"{simulator.base_url}/static/simulator.css").status_code == 200

    def test_a_link_is_cancelled(self, made, dashboard, account):
        dashboard(f"links/{made['id']}/cancel")
        assert account.get("payment_link", made["id"])["status"] == "cancelled"
        assert "cannot cancel" in dashboard(f"links/{made['id']}/cancel").text

    def test_what_is_decided_stays(self, http, made, dashboard, account):
        http.post(made["short_url"], data={"method": "upi"})
        [payment] = account.all("payment")
        dashboard(f"payments/{payment['id']}/refunds", amount="100", speed="later")
        dashboard(f"payments/{payment['id']}/disputes")
        [refund], [dispute] = account.all("refund"), account.all("dispute")
        for outcome in ("failed", "processed"):
            dashboard(f"refunds/{refund['id']}", outcome=outcome)
        for outcome in ("lost", "won"):
            dashboard(f"disputes/{dispute['id']}", outcome=outcome)
        assert account.get("refund", refund["id"])["status"] == "failed"
        assert account.get("dispute", dispute["id"])["status"] == "lost"
        assert dashboard(f"disputes/{dispute['id']}", outcome="drawn").status_code == 404

    @pytest.mark.parametrize("amount", ["0.001", "0", "-1", "", "NaN"])
    def test_amounts_that_are_none(self, http, made, dashboard, account, amount):
        http.post(made["short_url"], data={"method": "upi"})
        [payment] = account.all("payment")
        assert dashboard(f"payments/{payment['id']}/refunds", amount=amount).status_code == 400
        assert account.all("refund") == []

    def test_what_failed_cannot_be_disputed(self, http, made, dashboard, account):
        http.post(made["short_url"], data={"action": "decline"})
        [payment] = account.all("payment")
        assert "can be disputed" in dashboard(f"payments/{payment['id']}/disputes").text

    def test_another_account_has_a_page_of_its_own(self, simulator, http, made):
        page = http.get(f"{simulator.base_url}/?account={seed.LAKESIDE.id}").text
        assert "Lakeside Clinics" in page
        assert made["id"] not in page
        assert http.get(f"{simulator.base_url}/?account=nobody").status_code == 404
        url = f"{simulator.base_url}/dashboard/nobody/webhooks"
        assert http.post(url, data={}).status_code == 404

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"url": "ftp://a.example", "events": ["payment_link.paid"]}, "The URL isn"),
            ({"url": "https://a.example"}, "at least one event"),
            ({"url": "https://a.example", "events": ["no.event"]}, "at least one event"),
        ],
    )
    def test_webhooks_that_cannot_be_added(self, dashboard, account, form, said):
        answer = dashboard("webhooks", **form)
        assert answer.status_code == 400
        assert said in answer.text
        assert account.all("webhook") == []
