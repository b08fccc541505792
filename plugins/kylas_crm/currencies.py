"""Which ISO code a currency id stands for. The ids differ between tenants, who can add their own."""

from core.api.errors import NotSent, Rejected
from plugins.kylas_crm.client import KylasClient
from plugins.kylas_crm.values import currency_codes


class Currencies:
    """The codes that were asked for, remembered: one request less for each deal that is shown."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def code(self, client: KylasClient, id: str) -> str | None:
        """The ISO code for ``id``; None where Kylas doesn't tell, for a value is only a hint."""
        key = (client.scope, id)
        if key not in self._known and (code := self._ask(client, id)):
            self._known[key] = code
        return self._known.get(key)

    @staticmethod
    def _ask(client: KylasClient, id: str) -> str | None:
        for path in ("/v1/currencies", "/v1/forex/currencies"):
            try:
                rows = client.read("GET", path, permission="Config: read", shape=list)
            except (NotSent, Rejected):
                continue
            if code := currency_codes(rows).get(id):
                return code
        return None
