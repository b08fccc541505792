"""The simulator's API as an app meets it, over real HTTP."""

import pytest

from plugins.razorpay_provider.simulator import seed

MONTH = 30 * 24 * 60 * 60


def words(answer):
    status, body = answer
    return status, body["error"]["description"]


class TestAuth:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer key"},
            {"Authorization": "Basic %%%"},
            {"Authorization": "basic cnpwX3Rlc3Q6c2VjcmV0"},
        ],
    )
    def test_only_basic_with_good_keys_will_do(self, simulator, http, headers):
        reply = http.get(f"{simulator.base_url}/v1/payments", headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "BAD_REQUEST_ERROR")

    def test_a_replaced_key_opens_nothing(self, api):
        assert words(api("GET", "payments", keys=seed.RETIRED_KEY)) == (401, "Authentication failed")

    def test_another_accounts_link_does_not_exist(self, api, made):
        theirs = (seed.LAKESIDE.key_id, seed.LAKESIDE.key_secret)
        refused = (400, "The id provided does not exist")
        assert words(api("GET", f"payment_links/{made['id']}", keys=theirs)) == refused
        assert api("GET", "payment_links", keys=theirs) == (200, {"payment_links": []})


class TestLinks:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "amount: cannot be blank."),
            ({"amount": 99}, "minimum 1.00"),
            ({"amount": -5, "currency": "USD"}, "minimum 1.00"),
            ({"amount": 100, "currency": "IRR"}, "currency: wrong input"),
            ({"amount": 99_991, "currency": "KWD"}, "last digit should be 0"),
            ({"amount": 100, "colour": "red"}, "colour: wrong input"),
            ({"amount": 100, "reference_id": "TS1989"}, "TS1989 already exists"),
            ({"amount": 100, "reference_id": "x" * 41}, "greater than 40"),
            ({"amount": 100, "notes": {str(number): "" for number in range(16)}}, "greater than 15"),
            ({"amount": 100, "notes": {"a": "x" * 256}}, "greater than 255"),
            ({"amount": 100, "callback_url": "https://a.example"}, "callback_method"),
            ({"amount": 100, "expire_by": 1}, "atleast 15 minutes"),
            ({"amount": 100, "expire_by": 10**10}, "six months"),
            ({"amount": 500, "first_min_partial_amount": 100}, "where accept_partial is true"),
            (
                {"amount": 500, "accept_partial": True, "first_min_partial_amount": 99},
                "minimum 1.00",
            ),
            (
                {"amount": 500, "accept_partial": True, "first_min_partial_amount": 501},
                "must not be greater",
            ),
        ],
    )
    def test_what_razorpay_refuses(self, api, made, body, said):
        status, description = words(api("POST", "payment_links", body))
        assert status == 400
        assert said in description

    @pytest.mark.parametrize("body", [b"{", b"[]"])
    def test_a_body_that_is_no_object(self, api, body):
        assert words(api("POST", "payment_links", data=body))[0] == 400

    def test_a_list_is_read_in_parts(self, api):
        for number in range(3):
            api("POST", "payment_links", {"amount": 100, "reference_id": str(number)})

        def page(**params):
            return [
                one["reference_id"]
                for one in api("GET", "payment_links", params=params)[1]["payment_links"]
            ]

        assert page() == ["2", "1", "0"]
        assert page(count=2) == ["2", "1"]
        assert page(count=2, skip=2) == ["0"]
        assert page(reference_id="1") == ["1"]
        assert page(**{"from": 10**11 - 1}) == []
        assert words(api("GET", "payment_links", params={"count": 101}))[0] == 400
        assert words(api("GET", "payment_links", params={"skip": "x"}))[0] == 400

    def test_a_link_is_changed_while_it_can_be_paid(self, api, made, simulator):
        later = int(simulator.clock()) + MONTH
        path = f"payment_links/{made['id']}"
        status, link = api("PATCH", path, {"expire_by": later, "reference_id": "TS1989"})
        assert (status, link["expire_by"]) == (200, later)
        simulator.clock = lambda: later
        assert api("GET", path)[1]["status"] == "expired"
        assert "created or partially paid" in words(api("PATCH", path, {"notes": {}}))[1]

    def test_who_is_told_of_a_link(self, api, made):
        reached = {"amount": 100, "customer": {"contact": "+919000090000"}}
        path = f"payment_links/{api('POST', 'payment_links', reached)[1]['id']}/notify_by"
        assert api("POST", f"{path}/sms") == (200, {"success": True})
        assert "email is not set" in words(api("POST", f"{path}/email"))[1]
        assert words(api("POST", f"{path}/pigeon")) == (400, "not a valid notification medium")

    @pytest.mark.parametrize("action", ["expire", "cancel"])
    def test_a_link_is_cancelled_once(self, api, made, payer, account, action):
        link = account.get("payment_link", made["id"])
        payer.http.post(f"{link['short_url']}/change", data={"action": action}, allow_redirects=False)
        refused = words(api("POST", f"payment_links/{made['id']}/cancel"))
        assert refused == (400, "cannot cancel or expire an expired link")

    def test_an_unknown_address(self, api, http, simulator):
        assert "not found on the server" in words(api("GET", "orders"))[1]
        assert http.get(f"{simulator.base_url}/nowhere").status_code == 404


class TestRefunds:
    @pytest.fixture
    def paid(self, api, http, made):
        http.post(made["short_url"], data={"method": "upi"})
        [payment] = api("GET", "payments")[1]["items"]
        return f"payments/{payment['id']}"

    def test_one_key_makes_one_refund(self, api, paid):
        once = {"headers": {"X-Refund-Idempotency": "refund-of-today"}}
        first = api("POST", f"{paid}/refund", {"amount": 20_000}, **once)
        assert api("POST", f"{paid}/refund", {"amount": 20_000}, **once) == first
        assert words(api("POST", f"{paid}/refund", {"amount": 30_000}, **once))[0] == 409
        assert api("GET", f"{paid}/refunds")[1]["count"] == 1

    def test_no_more_is_given_back_than_was_paid(self, api, paid):
        assert "greater than" in words(api("POST", f"{paid}/refund", {"amount": 100_001}))[1]
        assert api("POST", f"{paid}/refund")[1]["amount"] == 100_000
        assert "fully refunded already" in words(api("POST", f"{paid}/refund", {"amount": 100}))[1]

    def test_what_failed_is_not_given_back(self, api, http, made):
        http.post(made["short_url"], data={"action": "decline"})
        [payment] = api("GET", "payments")[1]["items"]
        assert "should be captured" in words(api("POST", f"payments/{payment['id']}/refund"))[1]


def test_an_account_that_is_not_there(simulator):
    with pytest.raises(KeyError):
        simulator.account("nobody")


def test_reset_goes_back_to_the_start(simulator, api, made):
    simulator.reset()
    assert api("GET", "payment_links") == (200, {"payment_links": []})
