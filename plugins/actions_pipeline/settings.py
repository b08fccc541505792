"""What a rule says about the move."""

from core.api.settings import Settings, setting
from core.api.text import N_
from plugins.actions_pipeline.direction import Way


class MoveStageConfig(Settings):
    """The stage to bring a record to; the ids are the CRM's, the names are for ``summary``."""

    record_kind: str = setting(label=N_("For"), choices=True, min_length=1, target=True)
    pipeline_id: str = setting(
        label=N_("Pipeline"), choices=True, depends_on="record_kind", min_length=1, target=True
    )
    pipeline_name: str = setting("", label=N_("Pipeline name"), label_of="pipeline_id")
    stage_id: str = setting(label=N_("Stage"), choices=True, depends_on="pipeline_id", min_length=1)
    stage_name: str = setting("", label=N_("Stage name"), label_of="stage_id")
    reason: str | None = setting(
        None,
        label=N_("Reason"),
        help=N_("The CRM asks for a reason when a record is closed without a sale."),
        choices=True,
        depends_on="stage_id",
    )
    way: Way | None = setting(
        None,
        label=N_("Direction"),
        help=N_("A payment that is told late never takes a won record back unless you choose so."),
        placeholder=N_("Forward, and back when money is refunded"),
        choices=True,
    )
