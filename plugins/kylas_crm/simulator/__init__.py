"""A Kylas to try the connector with: its API, and its pages as a sales person sees them.

The wire format is that of Kylas as far as public material shows it. Where nothing public says
how Kylas answers, this one gives the stricter of the possible answers and says so where it does.
"""

from typing import Any, ClassVar

from plugins.kylas_crm.simulator import seed_data
from plugins.kylas_crm.simulator.fields import Fields
from plugins.kylas_crm.simulator.marketplace import Marketplace
from plugins.kylas_crm.simulator.notes import Notes
from plugins.kylas_crm.simulator.oauth import OAuth
from plugins.kylas_crm.simulator.pages import Pages
from plugins.kylas_crm.simulator.pipelines import Pipelines
from plugins.kylas_crm.simulator.products import Products
from plugins.kylas_crm.simulator.records import Records
from plugins.kylas_crm.simulator.search import Search
from plugins.kylas_crm.simulator.seed import Seeder
from plugins.kylas_crm.simulator.users import Users


def _won(kind: str, pipeline: int, pipeline_name: str, stage: int) -> dict[str, Any]:
    return {
        "name": f"Paid: {kind} to Won",
        "event": "link.paid",
        "action": "move_stage",
        "config": {
            "record_kind": kind,
            "pipeline_id": str(pipeline),
            "pipeline_name": pipeline_name,
            "stage_id": str(stage),
            "stage_name": "Won",
        },
    }


class KylasSimulator(
    Marketplace, Pages, OAuth, Users, Records, Fields, Search, Pipelines, Products, Notes
):
    """Two tenants, Northwind Trading and Lakeside Clinics, that know nothing of each other."""

    #: What the sandbox connects its first workspace with, and whom its users are in the CRM.
    demo: ClassVar[dict[str, Any]] = {
        "settings": {"api_key": seed_data.API_KEY_A},
        "users": {"owner": str(seed_data.ASHA), "rep": str(seed_data.RAVI)},
        "rules": [
            _won("deal", seed_data.DEAL_PIPELINE, "Default Deal Pipeline", seed_data.DEAL_WON),
            _won("lead", seed_data.LEAD_PIPELINE, "Default Lead Pipeline", seed_data.LEAD_WON),
            {
                "name": "Paid: note",
                "event": "payment.succeeded",
                "action": "write_note",
                "config": {"template": "{{payment.amount}} was paid by {{payer.name}} on {{date}}."},
            },
        ],
    }

    hints = (
        "Open a lead or a deal: More actions, then Generate payment link, makes one; the side panel "
        "under View payment link shows those of the record.",
        "Under Installed apps the whole of Dealpay runs in a frame.",
        "The tenant Lakeside Clinics has no workspace yet: switch to it, install the app in the "
        "Marketplace, sign up, and enter a key from API keys.",
    )

    def seed(self) -> None:
        Seeder(self.store, self.clock()).run()
        for user in (seed_data.ASHA, seed_data.RAVI):
            self.install(seed_data.TENANT_A, user)


__all__ = ["KylasSimulator"]
