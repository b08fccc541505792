"""The checker itself: right traffic passes, wrong traffic is caught."""

import copy
import json
from urllib.parse import quote, urlencode

import pytest
from stripe import RequestOptions
from stripe.params import DisputeListParams

from tests.contract.schema import DATA, decode, stripe

OBJECTS = json.loads((DATA / "stripe-objects.json").read_text())["resources"]
EVENTS = json.loads((DATA / "stripe-events.json").read_text())["events"]
LINK = {
    "line_items[0][price]": "price_1",
    "line_items[0][quantity]": "3",
    "metadata[dealpay_link_id]": "lnk_1",
    "restrictions[completed_sessions][limit]": "1",
    "expand[0]": "line_items",
}


def test_a_form_is_decoded_by_its_names():
    assert decode("a[b][0][c]=1&a[b][1][c]=&d=x%26y") == {
        "a": {"b": {"0": {"c": "1"}, "1": {"c": ""}}},
        "d": "x&y",
    }


@pytest.mark.parametrize("form", ["a[b]=1&a[b]=2", "a=1&a[b]=2", "a[b]=1&a=2"])
def test_a_name_that_comes_twice_is_refused(form):
    with pytest.raises(ValueError, match="comes twice"):
        decode(form)


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", "/v1/payment_links", urlencode(LINK)),
        ("POST", "/v1/payment_links/plink_1", "active=false&metadata[x]=" + quote("ä & ö")),
        ("POST", "/v1/checkout/sessions/cs_1/expire", ""),
        ("GET", "/v1/account", ""),
        ("GET", "/v1/checkout/sessions", "payment_link=plink_1&created[gte]=17&expand[0]=data"),
        ("GET", "/v1/checkout/sessions", "created=17"),
        ("POST", "/v1/products/prod_1", "description="),
    ],
)
def test_right_requests_pass(method, path, form):
    assert stripe().request_errors(method, path, form) == []


@pytest.mark.parametrize(
    ("method", "path", "form", "complaint"),
    [
        ("POST", "/v1/payment_links", urlencode(LINK | {"active": "true"}), "active"),
        ("POST", "/v1/payment_links", urlencode(LINK | {"line_items[0][amount]": "1"}), "amount"),
        ("POST", "/v1/payment_links", urlencode(LINK | {"line_items[0][quantity]": "1.5"}), "quantity"),
        ("POST", "/v1/payment_links", urlencode(LINK | {"line_items[2][quantity]": "1"}), "line_items"),
        ("POST", "/v1/payment_links", urlencode(LINK | {"submit_type": "gift"}), "submit_type"),
        ("POST", "/v1/payment_links", "metadata[a]=b", "line_items"),
        ("POST", "/v1/payment_links/plink_1", "active=no", "active"),
        ("GET", "/v1/payment_links", "limit=many", "limit"),
        ("GET", "/v1/payment_links", "created[gte]=17", "created"),
        ("GET", "/v1/payment_link", "", "not in the document"),
        ("DELETE", "/v1/prices/price_1", "", "not in the document"),
    ],
)
def test_wrong_requests_are_caught(method, path, form, complaint):
    assert complaint in " ".join(stripe().request_errors(method, path, form))


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_sample_objects_pass(name):
    assert stripe().object_errors(name, OBJECTS[name]) == []


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_sample_events_pass(name):
    event = EVENTS[name]
    subject = event["data"]["object"]
    assert stripe().object_errors("event", event) == []
    assert stripe().object_errors(subject["object"], subject) == []


def _without(name):
    return lambda link: link.pop(name)


def _with(name, value):
    return lambda link: link.update({name: value})


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_without("url"), "url"),
        (_with("active", "true"), "active"),
        (_with("object", "link"), "object"),
        (_with("livemode", None), "livemode"),
        (_with("metadata", {"x": 1}), "metadata"),
        (_with("restrictions", {"completed_sessions": {"limit": 1}}), "restrictions"),
    ],
)
def test_wrong_answers_are_caught(spoil, complaint):
    link = copy.deepcopy(OBJECTS["payment_link"])
    path = "/v1/payment_links/plink_1"
    assert stripe().answer_errors("GET", path, 200, link) == []
    spoil(link)
    assert complaint in " ".join(stripe().answer_errors("GET", path, 200, link))


def test_answers_are_open_and_nullable_fields_may_be_null():
    link = OBJECTS["payment_link"] | {"added_last_week": 1, "restrictions": None}
    assert stripe().answer_errors("GET", "/v1/payment_links/plink_1", 200, link) == []


def test_disputes_are_listed_by_what_stripes_own_client_knows():
    disputes = json.loads((DATA / "stripe-disputes.json").read_text())["paths"]
    known = {one["name"] for one in disputes["/v1/disputes"]["get"]["parameters"]}
    assert known == DisputeListParams.__annotations__.keys() - RequestOptions.__annotations__.keys()
    assert stripe().object_errors("dispute", OBJECTS["dispute"]) == []


def test_lists_and_errors_have_their_own_shape():
    path = "/v1/payment_links"
    page = {"object": "list", "data": [OBJECTS["payment_link"]], "has_more": False, "url": path}
    error = {"error": {"type": "invalid_request_error", "message": "No such price", "param": "price"}}
    assert stripe().answer_errors("GET", path, 200, page) == []
    assert stripe().answer_errors("GET", path, 200, page | {"data": [{}]})
    assert stripe().answer_errors("POST", path, 400, error) == []
    assert stripe().answer_errors("POST", path, 400, {"error": "no"})
    assert stripe().answer_errors("POST", path, 400, {"message": "no"})
