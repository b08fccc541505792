"""What goes out with each request, and what each failure means for the core."""

import json
import socket
import threading

import pytest
import requests
from requests.adapters import HTTPAdapter

from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from plugins.stripe_provider.client import API_VERSION, Api, PermissionMissing
from plugins.stripe_provider.simulator import seed

PRODUCT = {"name": "Book"}


@pytest.fixture
def api(context, simulator):
    return Api(context(simulator))


def create(api, key=None):
    return api.write(api.v1.products.create, PRODUCT, idempotency_key=key)


def read(api):
    return api.read(api.v1.products.list, {"limit": 1})


def books(simulator):
    return simulator.account(seed.NORTHWIND.id).all("product", lambda one: one["name"] == "Book")


def test_answers_are_plain_dicts_all_the_way_down(api):
    made = create(api)
    listed = read(api)
    assert type(made) is dict
    assert type(made["metadata"]) is dict
    assert type(listed["data"][0]) is dict
    assert listed["data"][0]["id"] == made["id"]


def test_pages_are_followed_to_the_end(api):
    for _ in range(103):
        create(api)
    names = [product["name"] for product in api.pages(api.v1.products.list, {"active": True})]
    assert names.count("Book") == 103


def test_every_request_names_the_version_and_sends_no_telemetry(context, answering):
    with answering("200 OK", "{}") as (url, asked):
        api = Api(context(url))
        read(api)
        create(api, key="lnk_1")
        create(api)
    assert {one["HTTP_STRIPE_VERSION"] for one in asked} == {API_VERSION}
    assert not any("TELEMETRY" in name for one in asked for name in one)
    assert "telemetry_id" not in asked[-1]["HTTP_X_STRIPE_CLIENT_USER_AGENT"]
    keys = [one.get("HTTP_IDEMPOTENCY_KEY") for one in asked]
    assert keys[:2] == [None, "lnk_1"]
    assert keys[2]


def test_a_base_with_a_path_and_a_slash_will_do(context, answering):
    with answering("200 OK", "{}") as (url, asked):
        read(Api(context(f"{url}/stripe_provider/")))
    assert asked[0]["PATH_INFO"] == "/stripe_provider/v1/products"


def test_a_lost_reply_is_made_good_under_the_same_key(api, simulator):
    simulator.faults.add("lost_reply", path="/v1/products", method="POST", times=2)
    create(api)
    assert len(books(simulator)) == 1


def test_a_write_whose_replies_are_all_lost_may_have_been_done(api, simulator):
    simulator.faults.add("lost_reply", times=None)
    with pytest.raises(OutcomeUnknown):
        create(api)
    assert len(books(simulator)) == 1


@pytest.mark.parametrize("fault", ["lost_reply", "malformed", "unavailable", "server_error"])
def test_a_write_that_fails_late_is_unknown_and_a_read_is_not_sent(api, simulator, fault):
    simulator.faults.add(fault, times=None)
    with pytest.raises(OutcomeUnknown):
        create(api)
    with pytest.raises(NotSent):
        read(api)


def test_slowness_is_a_failure_at_the_time_limit(context, simulator):
    api = Api(context(simulator, timeout=0.1))
    simulator.faults.add("slow", times=6, seconds=0.3)
    with pytest.raises(OutcomeUnknown):
        create(api)
    with pytest.raises(NotSent):
        read(api)


def test_too_many_requests_were_not_done(api, simulator):
    simulator.faults.add("rate_limited", times=2)
    with pytest.raises(NotSent) as refused:
        create(api)
    assert refused.value.retry_after is None
    with pytest.raises(NotSent):
        read(api)
    assert books(simulator) == []


def test_stripe_says_when_to_come_again(context, answering):
    body = json.dumps({"error": {"message": "slow down", "type": "invalid_request_error"}})
    served = answering("429 Too Many Requests", body, Retry_After="7")
    with served as (url, _), pytest.raises(NotSent) as refused:
        create(Api(context(url)))
    assert refused.value.retry_after == 7


def test_too_many_requests_after_a_failure_may_still_have_been_done(api, simulator):
    simulator.faults.add("server_error")
    simulator.faults.add("rate_limited")
    with pytest.raises(OutcomeUnknown):
        create(api)


def test_a_refused_connection_was_not_sent(context):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        api = Api(context(f"http://127.0.0.1:{unused.getsockname()[1]}"))
        with pytest.raises(NotSent):
            create(api)
        with pytest.raises(NotSent):
            read(api)


def test_a_connection_refused_after_one_was_cut_is_unknown(context):
    """The first attempt may have been done, whatever becomes of the next two."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def hang_up():
        with listening, listening.accept()[0] as connection:
            connection.recv(65536)

    server = threading.Thread(target=hang_up)
    server.start()
    with pytest.raises(OutcomeUnknown):
        create(Api(context(url)))
    server.join(timeout=30)


@pytest.mark.parametrize("key", [seed.REVOKED_KEY, "sk_test_nobodys"])
def test_a_refused_key_is_a_matter_of_the_settings(context, simulator, key):
    with pytest.raises(CredentialsError, match="wrong, expired or revoked") as refused:
        read(Api(context(simulator, key=key)))
    assert refused.value.field == "secret_key"
    assert not isinstance(refused.value, PermissionMissing)


def test_a_restricted_key_is_told_what_it_lacks(context, simulator):
    api = Api(context(simulator, key=seed.RESTRICTED_KEY))
    with pytest.raises(
        PermissionMissing, match="lacks the permission Webhook Endpoints Read"
    ) as refused:
        api.read(api.v1.webhook_endpoints.list, {})
    assert refused.value.field == "secret_key"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "The provided key 'rk_test_*' does not have the required permissions for this endpoint on "
            "account 'acct_1'. Having the 'rak_product_read' permission would allow this request to "
            "continue.",
            "lacks the permission product_read",
        ),
        ("No.", "lacks a permission"),
    ],
)
def test_stripes_older_wording_is_understood_too(context, answering, message, sentence):
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}})
    served = answering("403 Forbidden", body)
    with served as (url, _), pytest.raises(PermissionMissing, match=sentence):
        read(Api(context(url)))


def test_a_key_used_for_something_else_is_looked_up(api):
    create(api, key="lnk_1")
    with pytest.raises(OutcomeUnknown, match="other contents"):
        api.write(api.v1.products.create, {"name": "Pen"}, idempotency_key="lnk_1")


def test_a_key_in_use_by_another_request_is_unknown(context, answering):
    error = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "in use"}
    served = answering("409 Conflict", json.dumps({"error": error}))
    with served as (url, asked), pytest.raises(OutcomeUnknown):
        create(Api(context(url)), key="lnk_1")
    assert len(asked) == 3


def test_what_is_gone_is_not_found(api):
    with pytest.raises(NotFound, match="No such price: 'price_gone'") as refused:
        api.read(api.v1.prices.retrieve, "price_gone")
    assert "Nothing was charged" in refused.value.user_message


def test_a_refusal_says_stripes_reason_and_code(api):
    with pytest.raises(Rejected, match="Invalid currency") as refused:
        api.write(api.v1.prices.create, {"currency": "irr", "unit_amount": 1, "product": "prod_1"})
    assert not isinstance(refused.value, NotFound)
    assert "Nothing was charged" in refused.value.user_message


def test_pages_that_are_not_stripes_are_no_answer(context, answering):
    with answering("200 OK", "<html>Sign in to the network</html>") as (url, _):
        with pytest.raises(NotSent):
            read(Api(context(url)))
        with pytest.raises(OutcomeUnknown):
            create(Api(context(url)))


def test_a_refusal_of_the_hosts_own_session_goes_through(context, http):
    class Closed(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, **kwargs):
            raise Rejected("host_not_allowed", "may not call this host")

    http.mount("http://", Closed())
    with pytest.raises(Rejected, match="host_not_allowed"):
        create(Api(context("http://elsewhere.example")))


def test_failures_are_logged_without_the_key(context, simulator):
    ctx = context(simulator, key=seed.REVOKED_KEY)
    with pytest.raises(CredentialsError) as refused:
        read(Api(ctx))
    [(event, values)] = ctx.log.lines
    assert (event, values["status"], values["code"]) == ("stripe_error", 401, "api_key_expired")
    assert values["request"].startswith("req_")
    secret = seed.REVOKED_KEY.removeprefix("sk_test_")
    assert secret not in f"{values} {refused.value} {refused.value!r}"
    assert refused.value.__suppress_context__
