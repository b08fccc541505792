"""The session of a plugin over real HTTP: its hosts, its time, the end of an answer."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from webob import Request, Response

from core.api.errors import Rejected
from core.plugin_host import http
from core.plugin_host.http import BoundedSession, allowed_origins, option_urls, origin_of
from core.testing.server import serve

from .conftest import make_tools


def vendor(request: Request) -> Response:
    """A vendor with a page for each thing that can go wrong."""
    path = request.path_info
    if path == "/slow":
        time.sleep(0.6)
    if path == "/away":
        return Response(status=302, location=request.params["to"])
    if path == "/long":
        return Response(b"x" * 2000)
    if path == "/packed":
        return Response(gzip.compress(b"y" * 2000), headers={"Content-Encoding": "gzip"})
    if path == "/garbled":
        return Response(b"no gzip", headers={"Content-Encoding": "gzip"})
    if path == "/chunks":
        return Response(app_iter=iter([b"a" * 400, b"b" * 400]))
    if path == "/cut":
        cut = Response(app_iter=[b"{"])
        cut.content_length = 1000
        return cut
    return Response(
        json_body={"method": request.method, "path": path, "cookies": dict(request.cookies)},
        headers={"Set-Cookie": "seen=1; Path=/"},
    )


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = lambda environ, start: vendor(Request(environ))(environ, start)  # noqa: E731
    with serve(lambda url: app) as url:
        yield url


Session = Callable[..., BoundedSession]


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    adapter = make_tools(url=url).adapter
    yield lambda limit=5.0: BoundedSession(adapter, limit)
    adapter.close()


def test_a_known_host_is_reached(session, url):
    assert session().get(f"{url}/v1/things").json()["path"] == "/v1/things"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://api.acme.com/",
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "http://known@evil.example/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_another_host_is_refused_before_anything_is_sent(session, elsewhere):
    with pytest.raises(Rejected, match=r"acme may not call .*, so nothing was sent") as refused:
        session().post(elsewhere, data="secret", auth=("key", ""))
    assert refused.value.code == "host_not_allowed"


def test_the_refusal_names_the_address_without_what_might_be_secret_in_it(session):
    with pytest.raises(Rejected) as refused:
        session().get("https://user:pass@evil.example/path?key=k")
    assert "https://evil.example:443" in str(refused.value)
    assert not [word for word in ("user", "pass@", "key=k") if word in str(refused.value)]


def test_a_redirect_on_the_same_host_is_followed(session, url):
    answer = session().get(f"{url}/away", params={"to": f"{url}/there"})
    assert answer.json()["path"] == "/there"


def test_a_redirect_to_another_host_is_refused(session, url):
    other = url.replace("127.0.0.1", "localhost")
    with pytest.raises(http.RedirectRefused, match="a redirect to localhost was refused"):
        session().get(f"{url}/away", params={"to": f"{other}/there"})


def test_the_second_of_two_redirects_is_looked_at_too(session, url):
    with pytest.raises(http.RedirectRefused, match=r"to evil\.example was refused"):
        session().get(f"{url}/away", params={"to": f"{url}/away?to=https://evil.example/"})


def test_a_redirect_to_another_port_is_refused(session, url):
    with pytest.raises(http.RedirectRefused):
        session().get(f"{url}/away", params={"to": "http://127.0.0.1:1/"})


def test_a_caller_may_look_at_a_redirect_without_following(session, url):
    answer = session().get(f"{url}/away", params={"to": "https://evil.example/"}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://evil.example/")


def test_each_request_has_a_time_limit(session, url):
    with pytest.raises(requests.ReadTimeout):
        session(0.2).get(f"{url}/slow")


def test_a_longer_limit_than_the_contexts_is_not_given(session, url):
    for timeout in (60, (60, 60)):
        with pytest.raises(requests.ReadTimeout):
            session(0.2).get(f"{url}/slow", timeout=timeout)


def test_a_shorter_one_is(session, url):
    for timeout in (0.2, (None, 0.2)):
        with pytest.raises(requests.ReadTimeout):
            session().get(f"{url}/slow", timeout=timeout)


def test_a_slow_answer_within_the_limit(session, url):
    assert session(5).get(f"{url}/slow").ok


def drip(listener: socket.socket) -> None:
    """Answer with a byte every tenth of a second, each well within a limit on one read."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(50):
                connection.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            return


def test_a_server_that_drips_does_not_keep_us():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(requests.ReadTimeout, match="didn't end in time"):
            BoundedSession(make_tools(url=url).adapter, 0.4).get(url)
        assert time.monotonic() - started < 4
        thread.join()


def test_a_server_that_stops_in_mid_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def stop() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
                time.sleep(0.6)

        thread = threading.Thread(target=stop)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(requests.ReadTimeout):
            BoundedSession(make_tools(url=url).adapter, 0.3).get(url)
        thread.join()


@pytest.mark.parametrize("path", ["/long", "/packed"])
def test_a_long_answer_is_cut_off_after_unpacking(session, url, monkeypatch, path):
    monkeypatch.setattr(http, "MAX_ANSWER", 1999)
    with pytest.raises(http.AnswerTooLong):
        session().get(f"{url}{path}")
    monkeypatch.setattr(http, "MAX_ANSWER", 2000)
    assert len(session().get(f"{url}{path}").content) == 2000


def test_an_answer_in_chunks(session, url):
    assert session().get(f"{url}/chunks").text == "a" * 400 + "b" * 400


def test_a_lost_reply(session, url):
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session().get(f"{url}/cut")


def test_a_garbled_reply(session, url):
    with pytest.raises(requests.exceptions.ContentDecodingError):
        session().get(f"{url}/garbled")


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(requests.ConnectionError):
        BoundedSession(make_tools(url=url).adapter, 1).get(url)


def test_sessions_share_connections_and_no_cookies(session, url):
    one, two = session(), session()
    one.get(url)
    assert one.get(url).json()["cookies"] == {"seen": "1"}
    one.close()
    assert two.get(url).json()["cookies"] == {}
    pools = one.get_adapter(url).poolmanager.pools
    (key,) = pools.keys()
    pool = pools[key]
    assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_the_environment_adds_no_proxy_and_no_credentials(session, url, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stray password stray")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answer = session().get(url)
    assert answer.ok
    assert "Authorization" not in answer.request.headers


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://api.acme.com/v1", ("https", "api.acme.com", 443)),
        ("HTTP://API.Acme.com", ("http", "api.acme.com", 80)),
        ("http://[::1]:8080", ("http", "::1", 8080)),
        ("ftp://api.acme.com", None),
        ("api.acme.com", None),
        ("https://", None),
        ("https://acme:port", None),
        ("", None),
    ],
)
def test_origins(text, origin):
    assert origin_of(text) == origin


def test_manifest_hosts_are_https_only_and_options_are_taken_as_they_are():
    options = {
        "api_base": "http://127.0.0.1:6544/acme",
        "greeting": "hello",
        "frame_origins": "https://crm.example",
    }
    assert allowed_origins(["API.acme.com"], option_urls(options)) == {
        ("https", "api.acme.com", 443),
        ("http", "127.0.0.1", 6544),
    }
