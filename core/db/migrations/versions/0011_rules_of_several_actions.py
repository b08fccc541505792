"""rules of several actions, which pause when what they need is gone

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op


revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("saved_key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_reason", sa.Text(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_rules_tenant_id_saved_key"), ["tenant_id", "saved_key"], unique=True
        )
    with op.batch_alter_table("rule_actions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("on_failure", sa.String(length=8), server_default="stop", nullable=False)
        )
    with op.batch_alter_table("action_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("on_failure", sa.String(length=8), server_default="stop", nullable=False)
        )
        batch_op.create_index(batch_op.f("ix_action_runs_rule_id_id"), ["rule_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("action_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_runs_rule_id_id"))
        batch_op.drop_column("on_failure")
        batch_op.drop_column("position")
    with op.batch_alter_table("rule_actions", schema=None) as batch_op:
        batch_op.drop_column("on_failure")
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rules_tenant_id_saved_key"))
        batch_op.drop_column("paused_reason")
        batch_op.drop_column("paused_at")
        batch_op.drop_column("saved_key")
        batch_op.drop_column("version")
