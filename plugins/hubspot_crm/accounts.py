"""What HubSpot says of the account that a token opens: the number that is in every address of its
web app, and the currency of deals that name none."""

from datetime import datetime, timedelta

from plugins.hubspot_crm.client import HubSpotClient, Json

_REMEMBERED = timedelta(hours=1)


class Accounts:
    """The details that were asked for, remembered for an hour: one request less for each record."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Json]] = {}

    def details(self, client: HubSpotClient, now: datetime) -> Json:
        """The answer of /account-info/v3/details, perhaps an hour old."""
        asked, details = self._known.get(client.view, (None, {}))
        if asked is None or now - asked > _REMEMBERED:
            details = read_details(client)
            self._known[client.view] = (now, details)
        return details


def read_details(client: HubSpotClient) -> Json:
    """The answer of /account-info/v3/details, now."""
    return client.read("GET", "/account-info/v3/details", scope="oauth")
