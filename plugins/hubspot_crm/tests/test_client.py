"""What the client makes of HubSpot's answers, over real HTTP."""

import socket
import threading

import pytest

from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.testing.simulator import answer
from plugins.hubspot_crm.client import HubSpotClient
from plugins.hubspot_crm.simulator import seed_data as seed
from plugins.hubspot_crm.tests.calls import read, write

FAULTS = ["unavailable", "server_error", "lost_reply", "malformed"]


@pytest.fixture
def client(ctx):
    return HubSpotClient(ctx)


def pages(client):
    return list(client.pages("/crm/v3/things", scope="things", limit=2))


def batch(client, count=1):
    ids = [str(number) for number in range(count)]
    return list(client.batch("notes", ids, ("hs_note_body",), scope="notes"))


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_the_limit_is_shared_by_a_fingerprint_of_the_token(client, ctx, buckets):
    HubSpotClient(ctx)
    (first, *limit), second = buckets.asked[0], buckets.asked[1]
    assert (first, *limit) == second
    assert limit == [8, 8]
    assert seed.BRIGHTWATER.token not in repr((buckets.asked, client.view))


def test_every_request_takes_a_token(client, buckets):
    assert read(client)["id"] == seed.HARBOUR
    assert buckets.taken == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_read_is_tried_twice(client, hubspot, buckets, fault):
    hubspot.faults.add(fault, times=1)
    assert read(client)["id"] == seed.HARBOUR
    assert buckets.taken == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_read_that_fails_twice_changed_nothing(client, hubspot, buckets, fault):
    hubspot.faults.add(fault, times=None)
    with pytest.raises(NotSent, match="no usable answer"):
        read(client)
    assert buckets.taken == 2


@pytest.mark.parametrize("fault", ["unavailable", "server_error", "lost_reply"])
def test_a_write_without_an_answer_is_sent_once(client, hubspot, buckets, fault):
    hubspot.faults.add(fault, times=None)
    with pytest.raises(OutcomeUnknown):
        write(client)
    assert buckets.taken == 1


def test_a_write_whose_answer_cannot_be_read_was_made(client, hubspot):
    hubspot.faults.add("malformed")
    assert write(client) is None
    deal = hubspot.store.get(f"{seed.BRIGHTWATER.portal}/deals", seed.HARBOUR)
    assert deal["properties"]["dealname"] == "Film"


def test_a_slow_read_is_not_tried_again(connect, hubspot, buckets):
    hubspot.faults.add("slow", seconds=1, times=None)
    with pytest.raises(NotSent, match="took too long"):
        read(HubSpotClient(connect(timeout=0.2)))
    assert buckets.taken == 1


def test_a_slow_write_may_have_happened(connect, hubspot):
    hubspot.faults.add("slow", seconds=1)
    with pytest.raises(OutcomeUnknown, match="took too long"):
        write(HubSpotClient(connect(timeout=0.2)))


def test_a_connection_that_is_dropped_says_nothing(connect):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            for _ in range(3):
                listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listening.getsockname()[1]
        client = HubSpotClient(connect(api_base=f"http://127.0.0.1:{port}"))
        with pytest.raises(NotSent, match="connection broke"):
            read(client)
        with pytest.raises(OutcomeUnknown, match="connection broke"):
            write(client)
        thread.join(timeout=30)


@pytest.mark.parametrize("call", [read, write])
def test_nothing_is_sent_where_nobody_listens(connect, buckets, call):
    with pytest.raises(NotSent, match="can't be reached"):
        call(HubSpotClient(connect(api_base=closed_port())))
    assert buckets.taken == 1


def test_an_answer_of_another_shape_is_no_answer(answering):
    with pytest.raises(NotSent, match="another shape"):
        read(answering(answer([1, 2])))


def test_pages_are_read_to_the_end(answering, buckets):
    first = answer({"results": [{"id": 1}, None], "paging": {"next": {"after": "1"}}})
    assert pages(answering(first, answer({"results": [{"id": 2}]}))) == [{"id": 1}, {"id": 2}]
    assert buckets.taken == 2


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": [], "paging": None}])
def test_an_empty_list(answering, body):
    assert pages(answering(answer(body))) == []


def test_a_list_that_does_not_end_is_refused(answering, buckets):
    with pytest.raises(Rejected) as caught:
        pages(answering(answer({"results": [], "paging": {"next": {"after": "1"}}})))
    assert caught.value.code == "too_many_rows"
    assert buckets.taken == 50


def test_a_batch_goes_by_the_hundred(answering, buckets):
    assert batch(answering(answer({"results": [{"id": "1"}]})), 201) == [{"id": "1"}] * 3
    assert buckets.taken == 3


def test_an_empty_batch_asks_nothing(client, buckets):
    assert batch(client, 0) == []
    assert buckets.taken == 0


def test_what_is_gone_is_left_out_of_a_batch(answering):
    body = {"results": [{"id": "1"}], "errors": [{"category": "OBJECT_NOT_FOUND"}]}
    assert batch(answering(answer(body, 207))) == [{"id": "1"}]


def test_what_could_not_be_read_is_not_taken_for_gone(answering):
    body = {"results": [{"id": "1"}], "errors": [{"category": "INTERNAL_ERROR"}]}
    with pytest.raises(NotSent, match="all notes"):
        batch(answering(answer(body, 207)))


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("fault", ["unavailable", "server_error", "lost_reply", "rate_limited"])
def test_no_error_and_no_log_line_shows_the_token(ctx, hubspot, fault, call):
    hubspot.faults.add(fault, times=None)
    with pytest.raises((NotSent, OutcomeUnknown)) as caught:
        call(HubSpotClient(ctx))
    said = repr((caught.value, caught.value.__cause__, ctx.log.lines))
    assert seed.BRIGHTWATER.token not in said
