"""A simulated Kylas on real HTTP, and the connector's context for it."""

import pytest
import requests

from core.api.context import CrmContext
from core.testing.context import Buckets, crm_context
from core.testing.server import serve
from plugins.kylas_crm.settings import KylasSettings
from plugins.kylas_crm.simulator import KylasSimulator, seed_data


@pytest.fixture
def kylas():
    """The simulator, reached at ``kylas.base_url``; its webhooks stay in it."""
    made: list[KylasSimulator] = []

    def start(url: str) -> KylasSimulator:
        made.append(KylasSimulator(base_url=url, held=True))
        return made[0]

    with serve(start):
        yield made[0]
    made[0].store.close()


@pytest.fixture
def buckets():
    return Buckets()


@pytest.fixture
def connect(kylas, buckets):
    """``connect(key)``: the context of a workspace with that API key, Northwind's by default."""
    with requests.Session() as http:

        def connect(
            key: str = seed_data.API_KEY_A, *, api_base: str | None = None, timeout: float = 5
        ) -> CrmContext[KylasSettings]:
            return crm_context(
                KylasSettings(api_key=key),
                http=http,
                options={
                    "api_base": api_base or kylas.base_url,
                    "app_base": "https://app.kylas.io",
                },
                buckets=buckets,
                timeout=timeout,
            )

        yield connect


@pytest.fixture
def ctx(connect):
    return connect()
