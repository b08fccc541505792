"""A client of the simulator over real HTTP, and a clock that tests can turn."""

from dataclasses import dataclass, field
from typing import Any

import requests

from plugins.kylas_crm.simulator import KylasSimulator
from plugins.kylas_crm.simulator.seed_data import API_KEY_A

APP_URL = "http://app.example"


@dataclass
class Clock:
    """The simulator's time in seconds: it moves by ``step`` at each look, so no bucket runs dry."""

    now: float = 1_790_000_000.0
    step: float = 1.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@dataclass
class Crm:
    """The simulator, and a client that calls its API as tenant A unless told otherwise."""

    simulator: KylasSimulator
    clock: Clock = field(default_factory=Clock)
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return self.simulator.base_url

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = API_KEY_A,
        token: str | None = None,
        **options: Any,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {"api-key": key} if key else {}
        return self.http.request(
            method, self.url + path, json=body, headers=headers, timeout=10, **options
        )

    def get(self, path: str, **options: Any) -> Any:
        """The body of a GET that must succeed."""
        answered = self.call("GET", path, **options)
        assert answered.status_code == 200, answered.text
        return answered.json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """The body of a POST that must succeed."""
        answered = self.call("POST", path, body, **options)
        assert answered.status_code in (200, 201), answered.text
        return answered.json()

    def token_of(self, tenant: int, user: int) -> str:
        """A bearer token of a user, got as the app gets it."""
        tokens = self.exchange(self.simulator.issue_code(tenant, user)).json()
        return str(tokens["access_token"])

    def exchange(self, code: str, **changed: Any) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{APP_URL}/install/kylas",
        }
        return self.http.post(
            f"{self.url}/oauth/token",
            data=form | changed,
            auth=("dealpay-client", "simulated-client-secret"),
            timeout=10,
        )
