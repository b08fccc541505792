"""Messages on their way to a receiver, over real HTTP."""

from dataclasses import replace

import pytest
from webob import Response

from core.api.actions import Done, Problem
from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.testing.context import EVENT_AT, Steps, domain_event
from core.testing.server import serve
from plugins.actions_webhook.action import SendWebhook
from plugins.actions_webhook.settings import SendWebhookConfig
from plugins.actions_webhook.simulator import SECRET

EVENT = domain_event("link.created")
OTHER = "whsec_" + "A" * 32


def run(ctx, config):
    return SendWebhook().run(ctx=ctx, event=EVENT, config=config)


def test_a_message_arrives_and_is_verified(ctx, config, receiver):
    assert run(ctx, config()) == Done("127.0.0.1 answered 200")
    [message] = receiver.messages()
    assert message["id"] == ctx.run_id
    assert message["message"]["type"] == "link.created"


def test_a_run_that_comes_again_sends_nothing(ctx, config, receiver):
    assert run(ctx, config()) == run(ctx, config())
    assert len(receiver.messages()) == 1


def test_after_a_lost_answer_it_is_sent_under_the_same_id(ctx, config, receiver):
    receiver.faults.add("lost_reply")
    with pytest.raises(OutcomeUnknown):
        run(ctx, config())
    assert run(ctx, config()) == Done("127.0.0.1 answered 200")
    assert [one["id"] for one in receiver.messages()] == [ctx.run_id]


def test_another_secret_is_a_no(ctx, config, receiver):
    with pytest.raises(Rejected) as caught:
        run(ctx, config(secret=OTHER))
    assert caught.value.code == "http_401"
    assert receiver.messages() == []


def test_a_receiver_that_wants_no_more(ctx, config):
    with pytest.raises(Rejected) as caught:
        run(ctx, config("/hooks/gone"))
    assert caught.value.code == "receiver_gone"
    assert "Switch the rule off" in caught.value.user_message


def test_redirects_are_not_followed(ctx, config, receiver):
    with pytest.raises(Rejected) as caught:
        run(ctx, config("/hooks/moved"))
    assert caught.value.code == "redirected"
    assert receiver.messages() == []


def answering(ctx, status, **headers):
    """A run against a receiver that answers with this."""
    response = Response(status=status, headerlist=list(headers.items()))
    with serve(lambda url: response) as url:
        config = SendWebhookConfig.model_validate({"url": url, "secret": SECRET})
        return run(replace(ctx, once=Steps()), config)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_will_do(ctx, status):
    assert answering(ctx, status) == Done(f"127.0.0.1 answered {status}")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_what_is_tried_again(ctx, status):
    with pytest.raises(NotSent, match=str(status)):
        answering(ctx, status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422])
def test_what_is_final(ctx, status):
    with pytest.raises(Rejected):
        answering(ctx, status)


@pytest.mark.parametrize(
    ("given", "taken"),
    [("120", 120.0), ("999999", 86_400.0), ("0", None), ("-5", None), ("soon", None), ("nan", None),
     ("Tue, 03 Nov 2026 14:06:30 GMT", 90.0), ("Fri, 31 Dec 2027 23:59:59 GMT", 86_400.0),
     ("Mon, 02 Nov 2026 14:05:00 GMT", None), ("Tue, 03 Nov 2026 14:06:30 -0000", None),
     ("Tue, 99 Nov 2026 14:06:30 GMT", None)],
)  # fmt: skip
def test_how_long_it_waits(ctx, given, taken):
    with pytest.raises(NotSent) as caught:
        answering(replace(ctx, clock=lambda: EVENT_AT), 503, **{"Retry-After": given})
    assert caught.value.retry_after == taken


def test_nobody_listens(ctx):
    with serve(lambda url: Response()) as url:
        pass
    with pytest.raises(NotSent, match="can't be reached"):
        run(ctx, SendWebhookConfig.model_validate({"url": url, "secret": SECRET}))


def test_the_form_takes_http_where_the_operator_says_so(ctx, config, receiver):
    check = SendWebhook().check
    assert check(ctx=ctx, config=config()) == []
    problem = Problem("The address has to begin with https://.", "url")
    assert check(ctx=replace(ctx, options={"origins": ""}), config=config()) == [problem]
    for origins in (f"http://other.internal {receiver.base_url}/", receiver.base_url.upper()):
        assert check(ctx=replace(ctx, options={"origins": origins}), config=config()) == []
    secure = SendWebhookConfig.model_validate({"url": "https://example.com/", "secret": SECRET})
    assert check(ctx=replace(ctx, options={"origins": ""}), config=secure) == []


def test_the_sentence_of_the_rule(config):
    assert SendWebhook().summary(config=config()) == "Send a webhook to 127.0.0.1."


def test_the_receiver_shows_what_came_in(ctx, config, receiver):
    run(ctx, config())
    page = ctx.http.get(receiver.base_url + "/", timeout=5).text
    assert "link.created" in page
    assert f"{receiver.base_url}/hooks/orders" in page
    # The sandbox lets a page have no style of its own in it.
    assert "<style" not in page
    style = ctx.http.get(f"{receiver.base_url}/static/receiver.css", timeout=5)
    assert "overflow-wrap" in style.text
