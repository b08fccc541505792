"""A session sees and writes the rows of its workspace, whatever it is asked for."""

import threading

import pytest
from sqlalchemy import Executable, Select, delete, exists, func, select, text, update
from sqlalchemy.orm import aliased

from core.db.base import utc_now
from core.db.session import (
    ALL_TENANTS,
    Database,
    OpenTransaction,
    ReadOnly,
    TenantNotBound,
    forbid_open,
)
from core.people.models import MailedToken, User
from core.rules.models import Rule, RuleAction
from core.tenants.models import Tenant
from tests.unit.db.conftest import Pair

other_user = aliased(User)


@pytest.mark.parametrize(
    "query",
    [
        select(User.email),
        select(func.lower(User.email)),
        select(other_user.email),
        select(User.email).join(Tenant, Tenant.id == User.tenant_id),
        select(User.email).where(User.id.in_(select(other_user.id))),
        select(Tenant.name).join(User, User.tenant_id == Tenant.id),
        select(select(User.email).subquery().c.email),
        select(select(User.email).cte().c.email),
        select(User.email).union(select(other_user.email)),
    ],
)
def test_a_query_finds_own_rows_only(db: Database, pair: Pair, query: Select[tuple[str]]) -> None:
    with db.unit_of_work(pair.ours, read_only=True) as session:
        (found,) = session.scalars(query).all()
    assert found.lower().startswith("ours")


def test_counting_counts_own_rows(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert session.scalar(select(func.count(User.id))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        text("select email from users"),
        select(User.__table__.c.email),
        select(User).from_statement(text("select * from users")),
    ],
)
def test_what_cant_be_bound_is_refused(db: Database, pair: Pair, statement: Executable) -> None:
    with pytest.raises(TenantNotBound), db.unit_of_work(pair.ours, read_only=True) as session:
        session.execute(statement)


def test_a_foreign_id_leads_nowhere(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        assert session.get(User, pair.their_user) is None
        assert session.get(User, pair.our_user) is not None
        assert not session.scalar(select(exists(select(User.id).where(User.id == pair.their_user))))


def test_two_workspaces_in_turn_get_their_own(db: Database, pair: Pair) -> None:
    for tenant_id, user_id in ((pair.ours, pair.our_user), (pair.theirs, pair.their_user)) * 2:
        with db.unit_of_work(tenant_id, read_only=True) as session:
            assert session.scalars(select(User.id)).all() == [user_id]


def test_a_bulk_change_changes_own_rows(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.execute(update(User).values(name="changed"))
        session.execute(delete(User).where(User.id == pair.their_user))
    with db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        names = dict(session.execute(select(User.id, User.name)).all())
    assert names == {pair.our_user: "changed", pair.their_user: "Theirs"}


def test_related_rows_are_the_workspaces_own(db: Database, pair: Pair) -> None:
    rule = Rule(name="r", event="link.paid")
    with db.unit_of_work(pair.ours) as session:
        session.add(rule)
    with db.unit_of_work(ALL_TENANTS) as session:
        for tenant_id in (pair.ours, pair.theirs):
            session.add(RuleAction(tenant_id=tenant_id, rule_id=rule.id, action=tenant_id))
    with db.unit_of_work(pair.ours, read_only=True) as session:
        (found,) = session.scalars(select(Rule)).all()
        assert [action.action for action in found.actions] == [pair.ours]


def test_a_new_row_belongs_to_the_workspace(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.add(User(id="usr_new", email="new@example.com", name="New", role="rep"))
    with db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.get_one(User, "usr_new").tenant_id == pair.ours


def test_a_row_for_another_workspace_is_refused(db: Database, pair: Pair) -> None:
    row = User(tenant_id=pair.theirs, email="new@example.com", name="New", role="rep")
    with pytest.raises(TenantNotBound), db.unit_of_work(pair.ours) as session:
        session.add(row)


def test_a_row_stays_in_its_workspace(db: Database, pair: Pair) -> None:
    with pytest.raises(TenantNotBound), db.unit_of_work(pair.ours) as session:
        session.get_one(User, pair.our_user).tenant_id = pair.theirs


def test_a_row_from_elsewhere_is_not_deleted(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.theirs, read_only=True) as session:
        foreign = session.get_one(User, pair.their_user)
    with pytest.raises(TenantNotBound), db.unit_of_work(pair.ours) as session:
        session.delete(foreign)


def test_a_session_of_nobody_is_no_use(db: Database, pair: Pair) -> None:
    session = db.session(None)  # type: ignore[arg-type]
    with session, pytest.raises(TenantNotBound):
        session.scalars(select(User)).all()


def test_reading_writes_nothing(db: Database, pair: Pair) -> None:
    with pytest.raises(ReadOnly), db.unit_of_work(pair.ours, read_only=True) as session:
        session.execute(update(Tenant).values(name="changed"))
    with pytest.raises(ReadOnly), db.unit_of_work(pair.ours, read_only=True) as session:
        session.get_one(User, pair.our_user).name = "changed"


def test_a_connection_that_only_read_may_write_again(db: Database, pair: Pair) -> None:
    for read_only in (True, False, True, False):
        with db.unit_of_work(pair.ours, read_only=read_only) as session:
            session.scalars(select(Tenant.name)).all()
            if not read_only:
                session.execute(update(Tenant).values(name="changed"))


def test_an_error_undoes_the_unit_of_work(db: Database, pair: Pair) -> None:
    def half() -> None:
        with db.unit_of_work(pair.ours) as session:
            session.execute(update(User).values(name="changed"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half()
    with db.unit_of_work(pair.ours, read_only=True) as session:
        assert session.scalars(select(User.name)).one() == "Ours"


def test_no_outside_call_with_a_transaction_open(db: Database, pair: Pair) -> None:
    forbid_open()
    with db.unit_of_work(pair.ours), pytest.raises(OpenTransaction):
        forbid_open()
    forbid_open()
    with pytest.raises(KeyError), db.unit_of_work(pair.ours):
        raise KeyError
    forbid_open()


def test_a_session_that_was_used_counts_as_open(db: Database, pair: Pair) -> None:
    session = db.session(pair.ours, read_only=True)
    forbid_open()
    session.scalars(select(User)).all()
    with pytest.raises(OpenTransaction):
        forbid_open()
    session.close()
    forbid_open()


def test_another_threads_transaction_is_its_own_business(db: Database, pair: Pair) -> None:
    problems: list[Exception] = []

    def call_out() -> None:
        try:
            forbid_open()
        except OpenTransaction as error:
            problems.append(error)

    with db.unit_of_work(pair.ours):
        thread = threading.Thread(target=call_out)
        thread.start()
        thread.join()
    assert problems == []


def test_writers_wait_for_each_other(db: Database, pair: Pair) -> None:
    def add_one() -> None:
        with db.unit_of_work(pair.ours) as session:
            user = session.scalars(select(User).where(User.id == pair.our_user).with_for_update()).one()
            user.name = str(int(user.name) + 1)

    with db.unit_of_work(pair.ours) as session:
        session.get_one(User, pair.our_user).name = "0"
    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.unit_of_work(pair.ours, read_only=True) as session:
        assert session.scalars(select(User.name)).one() == "8"


def test_what_belongs_to_a_user_goes_with_it(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.add(
            MailedToken(user_id=pair.our_user, purpose="verify", token_hash="h", expires_at=utc_now())
        )
    with db.unit_of_work(ALL_TENANTS) as session:
        session.execute(delete(User).where(User.id == pair.our_user))
        assert session.scalars(select(MailedToken)).all() == []
