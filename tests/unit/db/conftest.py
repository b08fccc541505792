"""Two workspaces."""

from typing import NamedTuple

import pytest

from core.db.session import ALL_TENANTS, Database
from core.people.models import User
from core.tenants.models import Tenant


class Pair(NamedTuple):
    """Two workspaces with a user each."""

    ours: str
    theirs: str
    our_user: str
    their_user: str


@pytest.fixture
def pair(db: Database) -> Pair:
    tenants = [Tenant(name="Ours"), Tenant(name="Theirs")]
    users = [
        User(tenant_id=tenant.id, email=f"{tenant.name}@example.com", name=tenant.name, role="owner")
        for tenant in tenants
    ]
    with db.unit_of_work(ALL_TENANTS) as session:
        session.add_all(tenants)
        session.flush()
        session.add_all(users)
    return Pair(tenants[0].id, tenants[1].id, users[0].id, users[1].id)
