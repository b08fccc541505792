"""What a session holds, and when it is stored."""

from datetime import UTC, datetime, timedelta

import pytest
from pyramid.interfaces import ISession
from pyramid.response import Response
from zope.interface.verify import verifyObject

from core.web.sessions import (
    ANONYMOUS_LIFE,
    LONGEST_LIFE,
    BrowserSession,
    SessionRecord,
    hashed,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
IDLE = timedelta(days=14)


class Shelf(dict[str, SessionRecord]):
    """A store of sessions."""

    def load(self, session_id: str) -> SessionRecord | None:
        return self.get(session_id)

    def add(self, session_id: str, record: SessionRecord) -> None:
        assert session_id not in self
        self[session_id] = record

    def change(self, session_id: str, record: SessionRecord) -> None:
        if session_id in self:
            self[session_id] = record

    def delete(self, session_id: str) -> None:
        self.pop(session_id, None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def stored(user_id: str | None = "usr_1", **data: object) -> SessionRecord:
    return SessionRecord(user_id, NOW, NOW, NOW + IDLE, "Firefox", dict(data))


def finish(session: BrowserSession, shelf: Shelf, at: datetime = NOW) -> list[str]:
    response = Response()
    session.finish(shelf, response, at, IDLE, "Firefox")
    return list(response.headers.getall("Set-Cookie"))


def test_it_is_a_session() -> None:
    assert verifyObject(ISession, BrowserSession(None, None))


def test_one_that_was_only_looked_at_is_not_kept(shelf: Shelf) -> None:
    session = BrowserSession(None, None)
    assert session.new
    assert session.get("x") is None
    assert session.created == 0
    assert finish(session, shelf) == []
    assert shelf == {}


def test_one_with_content_is_kept_under_the_hash_of_its_cookie(shelf: Shelf) -> None:
    session = BrowserSession(None, None)
    token = session.get_csrf_token()
    (cookie,) = finish(session, shelf)
    value = cookie.partition(";")[0].partition("=")[2]
    record = shelf[hashed(value)]
    assert record.data == {"_csrft_": token}
    assert record.expires_at == NOW + ANONYMOUS_LIFE
    assert BrowserSession(record, value).get_csrf_token() == token


def test_one_that_didnt_change_is_left_alone(shelf: Shelf) -> None:
    session = BrowserSession(stored(a=[1]), "cookie")
    assert session.created == NOW.timestamp()
    assert finish(session, shelf) == []
    assert shelf == {}


def test_a_change_deep_inside_is_noticed(shelf: Shelf) -> None:
    shelf[hashed("cookie")] = stored(a=[1])
    session = BrowserSession(stored(a=[1]), "cookie")
    session["a"].append(2)
    session.changed()
    assert finish(session, shelf) == []
    assert shelf[hashed("cookie")].data == {"a": [1, 2]}


def test_no_use_makes_it_last_for_ever(shelf: Shelf) -> None:
    shelf[hashed("cookie")] = stored()
    session = BrowserSession(stored(), "cookie")
    finish(session, shelf, NOW + timedelta(days=89))
    assert shelf[hashed("cookie")].expires_at == NOW + LONGEST_LIFE


def test_signing_in_starts_a_new_one(shelf: Shelf) -> None:
    shelf[hashed("cookie")] = stored(None, secret="of before")
    session = BrowserSession(shelf[hashed("cookie")], "cookie")
    session.sign_in("usr_1")
    (cookie,) = finish(session, shelf)
    assert hashed("cookie") not in shelf
    ((key, record),) = shelf.items()
    assert key == hashed(cookie.partition(";")[0].partition("=")[2])
    assert (record.user_id, record.data) == ("usr_1", {})


def test_ending_it_expires_the_cookie_with_all_its_attributes(shelf: Shelf) -> None:
    shelf[hashed("cookie")] = stored()
    session = BrowserSession(shelf[hashed("cookie")], "cookie")
    session.invalidate()
    assert finish(session, shelf) == [
        "__Host-dealpay=; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=0"
    ]
    assert shelf == {}


def test_messages_are_shown_once() -> None:
    session = BrowserSession(None, None)
    session.flash("one")
    session.flash("two")
    session.flash("two", allow_duplicate=False)
    session.flash("careful", "warning")
    assert session.peek_flash() == ["one", "two"]
    assert session.pop_flash() == ["one", "two"]
    assert session.pop_flash() == session.peek_flash() == []
    assert session.pop_flash("warning") == ["careful"]
