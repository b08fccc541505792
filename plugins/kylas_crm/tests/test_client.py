"""What the client makes of Kylas's answers, over real HTTP."""

import socket
import threading

import pytest
from webob import Request, Response

from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from core.testing.server import serve
from core.testing.simulator import answer
from plugins.kylas_crm.client import Credential, KylasClient
from plugins.kylas_crm.simulator import seed_data as seed

KEY = Credential.api_key(seed.API_KEY_A)


@pytest.fixture
def client(ctx):
    return KylasClient(ctx, KEY)


@pytest.fixture
def answering(connect):
    """``answering(response)``: a client of a server that gives this answer to everything."""
    servers = []

    def answering(response):
        def app(environ, start_response):
            Request(environ).body  # noqa: B018
            return response(environ, start_response)

        server = serve(lambda url: app)
        servers.append(server)
        return KylasClient(connect(api_base=server.__enter__()), KEY)

    yield answering
    for server in servers:
        server.__exit__(None, None, None)


def read(client):
    return client.read("GET", "/v1/deals/4485", permission="Deal: read")


def write(client):
    return client.write("POST", "/v1/notes/relation", {}, permission="Deal: note")


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_key_and_a_bearer_token_have_their_own_limits(client, ctx, buckets):
    bearer = Credential.bearer("token")
    KylasClient(ctx, bearer)
    assert buckets.asked == [(KEY.fingerprint, 4, 4), (bearer.fingerprint, 8, 4)]
    assert KEY.fingerprint != bearer.fingerprint
    assert seed.API_KEY_A not in repr((KEY, KEY.fingerprint, client.scope))


def test_a_bearer_token_is_sent_as_such(ctx, kylas):
    kylas.store.put(
        "access_token",
        "a-token",
        {"tenantId": seed.TENANT_A, "userId": seed.RAVI, "expires": kylas.clock() + 60},
    )
    me = KylasClient(ctx, Credential.bearer("a-token")).read(
        "GET", "/v1/users/me", permission="User: read"
    )
    assert me["id"] == seed.RAVI


def test_every_request_takes_a_token(client, buckets):
    read(client)
    assert buckets.taken == 1


def test_a_bearer_token_that_is_over(ctx):
    with pytest.raises(CredentialsError) as caught:
        read(KylasClient(ctx, Credential.bearer("old")))
    assert caught.value.field is None
    assert "lets you in no more" in str(caught.value)


@pytest.mark.parametrize(
    "fault", ["unavailable", "server_error", "lost_reply", "malformed", "rate_limited"]
)
def test_a_read_is_tried_twice(client, kylas, buckets, fault):
    kylas.faults.add(fault, times=1)
    assert read(client)["id"] == 4485
    assert buckets.taken == 2


@pytest.mark.parametrize(
    "fault", ["unavailable", "server_error", "lost_reply", "malformed", "rate_limited"]
)
def test_a_read_that_fails_twice_changed_nothing(client, kylas, buckets, fault):
    kylas.faults.add(fault, times=None)
    with pytest.raises(NotSent):
        read(client)
    assert buckets.taken == 2


def test_a_slow_read_is_not_tried_again(connect, kylas, buckets):
    kylas.faults.add("slow", seconds=1, times=None)
    with pytest.raises(NotSent, match="took too long"):
        read(KylasClient(connect(timeout=0.2), KEY))
    assert buckets.taken == 1


def test_a_slow_write_may_have_happened(connect, kylas):
    kylas.faults.add("slow", seconds=1)
    with pytest.raises(OutcomeUnknown, match="took too long"):
        write(KylasClient(connect(timeout=0.2), KEY))


def test_a_connection_that_is_dropped_says_nothing(connect):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            for _ in range(3):
                listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listening.getsockname()[1]
        client = KylasClient(connect(api_base=f"http://127.0.0.1:{port}"), KEY)
        with pytest.raises(NotSent, match="connection broke"):
            read(client)
        with pytest.raises(OutcomeUnknown, match="connection broke"):
            write(client)
        thread.join(timeout=30)


def test_nothing_is_sent_where_nobody_listens(connect):
    client = KylasClient(connect(api_base=closed_port()), KEY)
    with pytest.raises(NotSent, match="can't be reached"):
        read(client)
    with pytest.raises(NotSent, match="can't be reached"):
        write(client)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 1.0), (None, 1.0), ("soon", 1.0), ("2.5", 2.5), ("nan", 1.0), ("inf", 300.0)],
)
def test_a_429_pauses_everyone_with_the_credential(answering, buckets, header, seconds):
    headers = {} if header is None else {"X-RateLimit-Retry-After": header}
    with pytest.raises(NotSent) as caught:
        write(answering(Response(status=429, headers=headers)))
    assert caught.value.retry_after == seconds
    assert buckets.pauses == [seconds]


def test_a_read_does_not_wait_longer_than_its_time(answering, buckets):
    with pytest.raises(NotSent) as caught:
        read(answering(Response(status=429, headers={"X-RateLimit-Retry-After": "30"})))
    assert caught.value.retry_after == 30
    assert buckets.taken == 1


def test_the_real_limit_of_the_simulator(client, kylas, buckets):
    kylas.clock = lambda: 1_700_000_000.0
    kylas.limits.clear()
    for _ in range(20):
        read(client)
    with pytest.raises(NotSent):
        read(client)
    assert buckets.pauses == [1.0, 1.0]


@pytest.mark.parametrize("body", [{"code": "001079", "message": "Invalid API key"}])
@pytest.mark.parametrize("call", [read, write])
def test_an_invalid_key_comes_as_a_400(answering, call, body):
    with pytest.raises(CredentialsError):
        call(answering(answer(body, 400)))


@pytest.mark.parametrize("call", [read, write])
def test_a_403_names_the_permission(answering, call):
    with pytest.raises(Rejected, match=r'"Deal: (read|note)"') as caught:
        call(answering(answer({"code": "00902001"}, 403)))
    assert caught.value.code == "forbidden"


@pytest.mark.parametrize("call", [read, write])
def test_a_404_is_not_found(answering, call):
    with pytest.raises(NotFound):
        call(answering(answer({"status": "NOT_FOUND"}, 404)))


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (400, {"code": "002008", "message": "Invalid Mobile Number.", "errorDetails": []}, "002008",
         "(Invalid Mobile Number)."),
        (422, {"errorCode": "027003", "message": "Url can't be blank"}, "027003", "Url can't be blank"),
        (400, {"code": "01001086"}, "01001086", "refused this (400)."),
        (400, {"timestamp": "2026-11-01 10:00:00", "code": 17001, "message": None}, "17001", "400"),
        (409, ["odd"], "http_409", "409"),
        (405, None, "http_405", "405"),
    ],
)  # fmt: skip
def test_both_shapes_of_a_refusal(answering, status, body, code, said):
    with pytest.raises(Rejected) as caught:
        write(answering(answer(body, status)))
    assert caught.value.code == code
    assert said in caught.value.user_message


def test_a_refusal_that_is_not_json(answering):
    with pytest.raises(Rejected) as caught:
        write(answering(Response("<h1>Bad Request</h1>", status=400)))
    assert caught.value.code == "http_400"


@pytest.mark.parametrize("status", [302, 408, 500, 502])
def test_what_says_nothing_about_the_outcome(answering, status):
    client = answering(Response(status=status, location="http://127.0.0.1:1/elsewhere"))
    with pytest.raises(NotSent):
        read(client)
    with pytest.raises(OutcomeUnknown):
        write(client)


def test_a_written_body_is_not_needed(answering):
    assert write(answering(Response("", status=200))) is None
    assert write(answering(Response(status=204))) is None


def test_an_answer_of_another_shape_is_no_answer(answering):
    with pytest.raises(NotSent, match="another shape"):
        read(answering(answer([1, 2])))


def pages(client):
    return list(client.pages("GET", "/v1/things", permission="Config: read"))


def test_a_list_without_its_envelope(answering):
    assert pages(answering(answer([{"id": 1}, {"id": 2}, None]))) == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(("rows", "asked"), [(99, 1), (100, 2), (101, 1)])
def test_a_list_without_its_envelope_that_is_never_cut(answering, buckets, rows, asked):
    whole = [{"id": number} for number in range(rows)]
    assert pages(answering(answer(whole))) == whole
    assert buckets.taken == asked


def test_a_list_without_its_envelope_that_is_cut_into_pages(client, buckets, monkeypatch):
    monkeypatch.setattr("plugins.kylas_crm.client.PAGE_SIZE", 6)
    found = list(client.pages("GET", "/v1/entities/lead/fields", permission="Lead: read"))
    assert len({field["id"] for field in found}) == len(found) == 18
    assert buckets.taken == 4  # three full pages, and one to see that there are no more


@pytest.mark.parametrize(("whole", "asked"), [(True, 1), (False, 50)])
def test_who_needs_the_whole_of_too_long_a_list_is_told_at_once(answering, buckets, whole, asked):
    rows = [{"id": number} for number in range(100)]
    client = answering(answer({"content": rows, "last": False, "totalElements": 5001}))
    with pytest.raises(Rejected) as caught:
        list(client.pages("GET", "/v1/things", permission="Config: read", whole=whole))
    assert caught.value.code == "too_many_rows"
    assert buckets.taken == asked


@pytest.mark.parametrize("envelope", [{}, {"content": None}, {"content": [], "last": False}])
def test_an_empty_page_is_the_last(answering, envelope):
    assert pages(answering(answer(envelope))) == []


def test_the_last_page_says_so(answering, buckets):
    assert pages(answering(answer({"content": [{"id": 1}], "last": True}))) == [{"id": 1}]
    assert buckets.taken == 1


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("fault", ["unavailable", "server_error", "lost_reply", "rate_limited"])
def test_no_error_and_no_log_line_shows_the_key(ctx, kylas, fault, call):
    kylas.faults.add(fault, times=None)
    with pytest.raises((NotSent, OutcomeUnknown)) as caught:
        call(KylasClient(ctx, KEY))
    said = repr((caught.value, caught.value.__cause__, ctx.log.lines))
    assert seed.API_KEY_A not in said
