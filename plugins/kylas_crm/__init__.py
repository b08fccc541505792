"""Kylas CRM: leads and deals, their pipelines, notes and users."""

from typing import TYPE_CHECKING

from core.api.hookspecs import hookimpl
from plugins.kylas_crm import views
from plugins.kylas_crm.connector import KylasConnector

if TYPE_CHECKING:
    from pyramid.config import Configurator


@hookimpl
def register_crm_connectors() -> list[KylasConnector]:
    return [KylasConnector()]


@hookimpl
def configure_web(config: "Configurator") -> None:
    config.include(views)
