"""The floor: the least that can be done with a webhook in a Pyramid app.

One view, the HMAC check of the raw body, one INSERT, one COMMIT. No framework of ours, no log line,
no security header, no duplicate found: what is measured against it is the price of all these.
It is served exactly as the app is: ``python -m benchmarks.floor INI``.
"""

import hashlib
import hmac
import os
import secrets
import sys
from typing import Any

from pyramid.config import Configurator
from pyramid.paster import get_appsettings
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Engine, create_engine, text

from core.cli.processes import Processes
from core.db.engine import make_engine
from core.settings import read_settings

TABLE = "create table floor_deliveries (id varchar(40) primary key, event_id varchar(255), body text)"
INSERT = text("insert into floor_deliveries (id, event_id, body) values (:id, :event_id, :body)")


def receive(request: Request) -> Response:
    """Check the signature and keep the body."""
    body = request.body
    fields = dict(part.partition("=")[::2] for part in request.headers["Stripe-Signature"].split(","))
    signed = f"{fields['t']}.".encode() + body
    expected = hmac.new(request.registry.secret, signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, fields["v1"]):
        return Response(status=400)
    engine: Engine = request.registry.engine
    values = {"id": secrets.token_hex(16), "event_id": fields["v1"], "body": body.decode()}
    with engine.begin() as connection:
        connection.execute(INSERT, values)
    return Response(json_body={"received": True})


def app(url: str) -> Any:
    """The WSGI app on the database ``url``; the signing secret stands in the environment."""
    with Configurator() as config:
        config.registry.secret = os.environ["FLOOR_SECRET"].encode()
        config.registry.engine = _engine(url)
        config.add_route("webhook", "/webhooks/{provider}/{token}")
        config.add_view(receive, route_name="webhook", request_method="POST")
        return config.make_wsgi_app()


def _engine(url: str) -> Engine:
    # SQLite as durable as ours; PostgreSQL without the ping that finds a connection dead.
    return make_engine(url) if url.startswith("sqlite") else create_engine(url, pool_size=10)


class Bare(Processes):
    """The same processes and threads, with the floor in them."""

    def load(self) -> Any:
        return app(self._settings.database_url)


if __name__ == "__main__":
    _raw = get_appsettings(sys.argv[1])
    Bare(_raw, read_settings(_raw)).run()
