"""The request's own session: one transaction per request, and only for what may be answered."""

from collections.abc import Callable
from typing import Any

import pytest
import transaction
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPConflict, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select, update
from webtest import TestApp

from core import TRANSACTIONS
from core.app import App
from core.db.session import OpenTransaction, TenantNotBound, forbid_open
from core.people.models import User
from core.people.service import Member

View = Callable[[Request], Response]


class Policy:
    def __init__(self, member: Member | None):
        self.member = member

    def identity(self, request: Request) -> Member | None:
        return self.member


@pytest.fixture
def serve(app: App, owner: Member) -> Callable[..., TestApp]:
    """One view behind the machinery of transactions."""

    def made(view: View, member: Member | None = owner) -> TestApp:
        config = Configurator(settings=TRANSACTIONS)
        config.registry.app = app
        config.set_security_policy(Policy(member))
        for part in ("pyramid_tm", "core.web.requests", "core.web.errors", "core.web.logging"):
            config.include(part)
        config.add_route("view", "/")
        config.add_view(view, route_name="view")
        return TestApp(config.make_wsgi_app())

    return made


@pytest.fixture
def name(app: App, owner: Member) -> Callable[[], str]:
    """The owner's name as it is stored now."""

    def read() -> str:
        with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
            return session.scalars(select(User.name)).one()

    return read


def rename(request: Request) -> None:
    # A statement without a flush: zope.sqlalchemy's default would roll it back without a word.
    request.db.connection().exec_driver_sql("update users set name = 'renamed'")


def test_what_a_page_wrote_is_committed(serve: Any, name: Any) -> None:
    def view(request: Request) -> Response:
        rename(request)
        return HTTPSeeOther("/")

    serve(view).post("/")
    assert name() == "renamed"


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_what_is_answered_with_an_error_changes_nothing(serve: Any, name: Any, status: int) -> None:
    def view(request: Request) -> Response:
        rename(request)
        return Response(status=status)

    serve(view).post("/", status=status)
    assert name() == "Asha Rao"


@pytest.mark.parametrize("error", [HTTPConflict(), RuntimeError("boom")])
def test_what_raises_changes_nothing(serve: Any, name: Any, error: Exception) -> None:
    def view(request: Request) -> Response:
        rename(request)
        raise error

    assert serve(view).post("/", status="*").status_int in (409, 500)
    assert name() == "Asha Rao"


def test_looking_at_a_page_changes_nothing(serve: Any, name: Any) -> None:
    def view(request: Request) -> Response:
        request.db.execute(update(User).values(name="renamed"))
        return Response()

    assert serve(view).get("/", status=500).content_type == "text/plain"
    assert name() == "Asha Rao"


def test_it_is_bound_to_the_members_workspace(serve: Any, owner: Member, stranger: Member) -> None:
    def view(request: Request) -> Response:
        return Response(json_body=request.db.scalars(select(User.email)).all())

    assert serve(view).get("/").json == [owner.email]
    assert serve(view, stranger).get("/").json == [stranger.email]


def test_nobody_has_none(serve: Any) -> None:
    serve(lambda request: request.db, None).get("/", status=500)


def test_it_counts_as_open_until_the_page_is_made(serve: Any) -> None:
    def view(request: Request) -> Response:
        forbid_open()
        request.db.scalars(select(User)).all()
        with pytest.raises(OpenTransaction):
            forbid_open()
        return Response()

    serve(view).get("/")
    forbid_open()


def test_a_commit_that_fails_is_an_error_page_too(serve: Any, name: Any) -> None:
    def view(request: Request) -> Response:
        request.db.add(User(email="owner@example.com", name="Twice", role="rep"))
        return Response("done")

    answer = serve(view).post("/", status=500)
    assert answer.text.startswith("Something went wrong.")
    assert name() == "Asha Rao"


def test_the_error_of_a_foreign_row_changes_nothing(serve: Any, stranger: Member) -> None:
    def view(request: Request) -> Response:
        request.db.add(User(tenant_id=stranger.tenant_id, email="x@y.z", name="x", role="owner"))
        with pytest.raises(TenantNotBound):
            request.db.flush()
        raise HTTPConflict

    serve(view).post("/", status=409)


def test_no_transaction_is_a_threads(serve: Any) -> None:
    def view(request: Request) -> Response:
        assert request.tm is not transaction.manager
        return Response()

    serve(view).get("/")
