"""What every request knows: the app, its own reference, and the member's database session."""

import secrets
from typing import Any, cast

import zope.sqlalchemy
from pyramid.config import PHASE3_CONFIG, Configurator
from pyramid.interfaces import IRequestExtensions, IRequestFactory
from pyramid.request import Request
from sqlalchemy.orm import Session

from core.app import App


def _app(request: Request) -> App:
    return cast(App, request.registry.app)


def _reference(request: Request) -> str:
    """What a person quotes and an operator searches the log for."""
    return secrets.token_hex(5)


def _db(request: Request) -> Session:
    """The request's own session, bound to the member's workspace; read-only for GET and HEAD.

    pyramid_tm commits it when the page is made. A view that calls a provider or a CRM leaves it
    alone and opens units of work around the call.
    """
    if request.identity is None:
        raise RuntimeError("request.db belongs to the pages of signed-in members")
    read_only = request.method in ("GET", "HEAD")
    session = request.app.db.session(request.identity.tenant_id, read_only=read_only)
    # "changed": otherwise statements that no flush precedes are rolled back without a word.
    zope.sqlalchemy.register(session, initial_state="changed", transaction_manager=request.tm)
    request.add_finished_callback(lambda _: session.close())
    return cast(Session, session)


def has_transaction(request: Request) -> bool:
    """Webhooks, the most frequent of all requests, write in transactions of their own."""
    return not request.environ.get("PATH_INFO", "").startswith("/webhooks/")


def _settle(registry: Any) -> None:
    """Put what was added to requests into their class.

    Pyramid would make a class of its own for each request, which takes longer than most of what the
    request then does.
    """
    extensions = registry.queryUtility(IRequestExtensions)
    settled = type("Request", (Request,), dict(extensions.descriptors))
    extensions.descriptors.clear()
    registry.registerUtility(settled, IRequestFactory)


def includeme(config: Configurator) -> None:
    """``request.app``, ``request.reference`` and ``request.db``."""
    config.add_request_method(_app, "app", reify=True)
    config.add_request_method(_reference, "reference", reify=True)
    config.add_request_method(_db, "db", reify=True)
    # After all the others, plugins' among them, have added theirs.
    config.action(__name__, _settle, args=[config.registry], order=PHASE3_CONFIG + 1)
