"""Acme CRM: leads and deals, their stages and their notes."""

from core.api.hookspecs import hookimpl
from plugins.acme_crm.connector import AcmeConnector


@hookimpl
def register_crm_connectors() -> list[AcmeConnector]:
    return [AcmeConnector()]
