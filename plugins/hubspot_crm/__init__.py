"""HubSpot: deals and contacts, the pipelines of deals, notes and users."""

from core.api.hookspecs import hookimpl
from plugins.hubspot_crm.connector import HubSpotConnector


@hookimpl
def register_crm_connectors() -> list[HubSpotConnector]:
    return [HubSpotConnector()]
