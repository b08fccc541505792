"""the default account, checks of connections, links closed with their account

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_closings",
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("record_key", sa.String(length=120), nullable=False),
        sa.Column("job_state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payment_accounts.id"], name=op.f("fk_link_closings_account_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_link_closings_asked_by")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["payment_links.id"], name=op.f("fk_link_closings_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_link_closings_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_closings")),
        sa.UniqueConstraint("link_id", name=op.f("uq_link_closings_link_id")),
    )
    with op.batch_alter_table("link_closings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_link_closings_account_id_job_state"),
            ["account_id", "job_state"],
            unique=False,
        )
        batch_op.create_index(
            "ix_link_closings_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("job_state in ('pending', 'running')"),
            postgresql_where=sa.text("job_state in ('pending', 'running')"),
        )
        batch_op.create_index(
            "ix_link_closings_line",
            ["record_key", "id"],
            unique=False,
            sqlite_where=sa.text("job_state in ('pending', 'running')"),
            postgresql_where=sa.text("job_state in ('pending', 'running')"),
        )
        batch_op.create_index(
            "ix_link_closings_pending",
            ["tenant_id", "id"],
            unique=False,
            sqlite_where=sa.text("job_state = 'pending'"),
            postgresql_where=sa.text("job_state = 'pending'"),
        )
        batch_op.create_index(
            "uq_link_closings_running",
            ["record_key"],
            unique=True,
            sqlite_where=sa.text("job_state = 'running'"),
            postgresql_where=sa.text("job_state = 'running'"),
        )

    with op.batch_alter_table("crm_connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missing_permissions", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("report", sa.JSON(), nullable=True))

    with op.batch_alter_table("payment_accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_default", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("can_charge", sa.Boolean(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("secret_source", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("secret_set_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("report", sa.JSON(), nullable=True))
    # The form for links has begun with the oldest active account until now.
    op.execute(
        "update payment_accounts set is_default = true where id in "
        "(select min(id) from payment_accounts where active group by tenant_id)"
    )
    with op.batch_alter_table("payment_accounts", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payment_accounts_default",
            ["tenant_id"],
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )

    with op.batch_alter_table("payment_links", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_links_payable",
            ["account_id", "id"],
            unique=False,
            sqlite_where=sa.text("state in ('open', 'part_paid')"),
            postgresql_where=sa.text("state in ('open', 'part_paid')"),
        )

    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checklist_hidden_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payment_links", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payment_links_payable",
            sqlite_where=sa.text("state in ('open', 'part_paid')"),
            postgresql_where=sa.text("state in ('open', 'part_paid')"),
        )

    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.drop_column("examined_at")
        batch_op.drop_column("checklist_hidden_at")

    with op.batch_alter_table("payment_accounts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_accounts_default",
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )
        batch_op.drop_column("report")
        batch_op.drop_column("old_secret_until")
        batch_op.drop_column("secret_set_at")
        batch_op.drop_column("secret_source")
        batch_op.drop_column("can_charge")
        batch_op.drop_column("is_default")

    with op.batch_alter_table("crm_connections", schema=None) as batch_op:
        batch_op.drop_column("report")
        batch_op.drop_column("missing_permissions")

    with op.batch_alter_table("link_closings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_link_closings_running",
            sqlite_where=sa.text("job_state = 'running'"),
            postgresql_where=sa.text("job_state = 'running'"),
        )
        batch_op.drop_index(
            "ix_link_closings_pending",
            sqlite_where=sa.text("job_state = 'pending'"),
            postgresql_where=sa.text("job_state = 'pending'"),
        )
        batch_op.drop_index(
            "ix_link_closings_line",
            sqlite_where=sa.text("job_state in ('pending', 'running')"),
            postgresql_where=sa.text("job_state in ('pending', 'running')"),
        )
        batch_op.drop_index(
            "ix_link_closings_due",
            sqlite_where=sa.text("job_state in ('pending', 'running')"),
            postgresql_where=sa.text("job_state in ('pending', 'running')"),
        )
        batch_op.drop_index(batch_op.f("ix_link_closings_account_id_job_state"))

    op.drop_table("link_closings")
