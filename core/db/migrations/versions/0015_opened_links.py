"""when a link was first looked at, and why a payment failed

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op


revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_links", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("reason", sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_column("reason")
    with op.batch_alter_table("payment_links", schema=None) as batch_op:
        batch_op.drop_column("seen_at")
