"""A simulated HubSpot on real HTTP, and the connector's context for it."""

import pytest
import requests
from webob import Request

from core.api.context import CrmContext
from core.testing.context import Buckets, crm_context
from core.testing.server import serve
from plugins.hubspot_crm.client import HubSpotClient
from plugins.hubspot_crm.settings import HubSpotSettings
from plugins.hubspot_crm.simulator import HubSpotSimulator
from plugins.hubspot_crm.simulator import seed_data as seed


@pytest.fixture
def hubspot():
    """The simulator, reached at ``hubspot.base_url``."""
    made: list[HubSpotSimulator] = []

    def start(url: str) -> HubSpotSimulator:
        made.append(HubSpotSimulator(base_url=url, app_url="http://app.example", held=True))
        return made[0]

    with serve(start):
        yield made[0]
    made[0].store.close()


@pytest.fixture
def replace(hubspot):
    """``replace(name, handler)``: serve the routes of the simulator's method ``name`` by ``handler``."""

    def replace(name, handler):
        hubspot._routes = [
            (method, regex, handler if served.__name__ == name else served)
            for method, regex, served in hubspot._routes
        ]

    return replace


@pytest.fixture
def buckets():
    return Buckets()


@pytest.fixture
def connect(hubspot, buckets):
    """``connect(token)``: the context of a workspace with that token, Brightwater's by default."""
    with requests.Session() as http:

        def connect(
            token: str = seed.BRIGHTWATER.token, *, api_base: str | None = None, timeout: float = 5
        ) -> CrmContext[HubSpotSettings]:
            return crm_context(
                HubSpotSettings(access_token=token),
                http=http,
                options={
                    "api_base": api_base or hubspot.base_url,
                    "app_base": "https://app.hubspot.com",
                },
                buckets=buckets,
                timeout=timeout,
            )

        yield connect


@pytest.fixture
def ctx(connect):
    return connect()


@pytest.fixture
def api(hubspot):
    """``api(method, path, body)``: status and body of a call, as Brightwater unless told otherwise."""
    with requests.Session() as http:

        def api(method, path, body=None, *, token=seed.BRIGHTWATER.token, headers=None):
            sent = {"Authorization": f"Bearer {token}"} if headers is None else headers
            reply = http.request(method, hubspot.base_url + path, json=body, headers=sent, timeout=30)
            return reply.status_code, reply.json()

        yield api


@pytest.fixture
def answering(connect):
    """``answering(*responses)``: a client of a server that gives these, the last one for ever."""
    servers = []

    def answering(*responses):
        left = list(responses)

        def app(environ, start_response):
            Request(environ).body  # noqa: B018
            response = left.pop(0) if len(left) > 1 else left[0]
            return response(environ, start_response)

        server = serve(lambda url: app)
        servers.append(server)
        return HubSpotClient(connect(api_base=server.__enter__()))

    yield answering
    for server in servers:
        server.__exit__(None, None, None)
