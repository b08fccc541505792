"""What a rule says about the move."""

from core.api.settings import Settings, setting


class MoveStageConfig(Settings):
    """The stage to bring a record to; the ids are the CRM's, the names are for ``summary``."""

    record_kind: str = setting(label="For", choices=True, min_length=1)
    pipeline_id: str = setting(label="Pipeline", choices=True, depends_on="record_kind", min_length=1)
    pipeline_name: str = setting("", label="Pipeline name", label_of="pipeline_id")
    stage_id: str = setting(label="Stage", choices=True, depends_on="pipeline_id", min_length=1)
    stage_name: str = setting("", label="Stage name", label_of="stage_id")
    reason: str | None = setting(
        None,
        label="Reason",
        help="The CRM asks for a reason when a record is closed without a sale.",
        choices=True,
        depends_on="stage_id",
    )
