"""What the client makes of HubSpot's refusals, over real HTTP."""

import pytest
from webob import Response

from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from core.testing.simulator import answer
from plugins.hubspot_crm.client import HubSpotClient
from plugins.hubspot_crm.simulator import seed_data as seed
from plugins.hubspot_crm.tests.calls import read, write


@pytest.fixture
def client(ctx):
    return HubSpotClient(ctx)


@pytest.mark.parametrize(
    ("policy", "header", "seconds"),
    [
        ("TEN_SECONDLY_ROLLING", None, 10.0),
        ("SECONDLY", None, 1.0),
        ("DAILY", None, 300.0),
        ("SOMETHING_NEW", None, 10.0),
        (None, None, 10.0),
        ("TEN_SECONDLY_ROLLING", "3", 3.0),
        ("TEN_SECONDLY_ROLLING", "0", 1.0),
        ("TEN_SECONDLY_ROLLING", "soon", 10.0),
        ("DAILY", "86400", 300.0),
        (None, "nan", 1.0),
    ],
)
@pytest.mark.parametrize("call", [read, write])
def test_a_429_pauses_everyone_with_the_token(answering, buckets, call, policy, header, seconds):
    body = {"status": "error", "errorType": "RATE_LIMIT"} | ({"policyName": policy} if policy else {})
    headers = {"Retry-After": header} if header else {}
    with pytest.raises(NotSent, match="today" if policy == "DAILY" else "slow down") as caught:
        call(answering(answer(body, 429, headers)))
    assert caught.value.retry_after == seconds
    assert (buckets.pauses, buckets.taken) == ([seconds], 1)


def test_the_real_limit_of_the_simulator(client, hubspot, buckets):
    hubspot.clock = lambda: 1_790_000_000.0
    for _ in range(100):
        read(client)
    with pytest.raises(NotSent):
        read(client)
    hubspot.clock = lambda: 1_790_000_010.0
    assert read(client)["id"] == seed.HARBOUR
    assert buckets.pauses == [10.0]


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(423, {}, 2.0), (477, {"Retry-After": "120"}, 120.0), (477, {}, 300.0)],
)
@pytest.mark.parametrize("call", [read, write])
def test_what_passes_by_itself(answering, buckets, call, status, headers, seconds):
    with pytest.raises(NotSent) as caught:
        call(answering(answer({"status": "error"}, status, headers)))
    assert caught.value.retry_after == seconds
    assert buckets.pauses == []


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("category", ["INVALID_AUTHENTICATION", "EXPIRED_AUTHENTICATION", None])
def test_a_401_is_the_tokens_fault(answering, call, category):
    with pytest.raises(CredentialsError) as caught:
        call(answering(answer({"category": category}, 401)))
    assert caught.value.field == "access_token"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"errors": [{"context": {"requiredGranularScopes": ["a.read", "b"]}}]}, '"a.read, b"'),
        ({"errors": [{"context": {"requiredScopes": ["contacts"]}}]}, '"contacts"'),
        ({"errors": [{"message": "x"}, "odd", {"context": None}]}, '"crm.objects.deals.write"'),
        ({}, '"crm.objects.deals.write"'),
        (["odd"], '"crm.objects.deals.write"'),
    ],
)
def test_a_403_names_the_scope(answering, body, named):
    with pytest.raises(Rejected, match=named) as caught:
        write(answering(answer(body, 403)))
    assert caught.value.code == "forbidden"


@pytest.mark.parametrize("call", [read, write])
def test_a_404_is_not_found(answering, call):
    with pytest.raises(NotFound):
        call(answering(answer({"message": "resource not found"}, 404)))


@pytest.mark.parametrize(
    ("response", "code", "said"),
    [
        (answer({"category": "VALIDATION_ERROR", "message": "Not valid. "}, 400), "validation_error",
         "(Not valid)."),
        (answer({"message": "x" * 500}, 409), "http_409", f"({'x' * 200})."),
        (answer(["odd"], 400), "http_400", "(400)."),
        (Response("<h1>Bad Request</h1>", status=414), "http_414", "(414)."),
    ],
)  # fmt: skip
def test_a_refusal_in_hubspots_words(answering, response, code, said):
    with pytest.raises(Rejected) as caught:
        write(answering(response))
    assert caught.value.code == code
    assert said in caught.value.user_message


@pytest.mark.parametrize("status", [302, 408, 500, 502, 521])
def test_what_says_nothing_about_the_outcome(answering, status):
    client = answering(Response(status=status, location="http://127.0.0.1:1/elsewhere"))
    with pytest.raises(NotSent):
        read(client)
    with pytest.raises(OutcomeUnknown):
        write(client)
