"""A HubSpot to try the connector with: its API, and the pages that a sales person sees.

The wire format is that of docs/contracts/hubspot.md. Where nothing public says how HubSpot answers,
this one gives the stricter of the possible answers and says so where it does.
"""

from plugins.hubspot_crm.simulator import seed
from plugins.hubspot_crm.simulator.oauth import OAuth
from plugins.hubspot_crm.simulator.seed_data import BRIGHTWATER


class HubSpotSimulator(OAuth):
    """Two accounts, Brightwater Studios and Alder & Finch Interiors, that know nothing of each other."""

    hints = (
        "No workspace is connected to it yet: sign up for one of your own, choose HubSpot under API "
        f"key, and enter the access token {BRIGHTWATER.token}.",
        "A deal or a contact shows Dealpay in a card below its notes.",
    )

    def seed(self) -> None:
        seed.fill(self.store)


__all__ = ["HubSpotSimulator"]
