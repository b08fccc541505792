"""A workspace with any number of links that differ as real ones do, made from one by the database.

Whatever a filter leaves is as large a part of few links as of many, so that both fill a page; but for
what is there a few times only, or far back only.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, TextClause, inspect, text

from benchmarks.places import Workspace
from core.api.records import RecordRef
from core.app import App
from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.db import statistics
from core.db.base import new_id
from core.links import service as links
from core.links.models import Flag, PaymentLink
from core.links.paging import Key, Order
from core.links.service import NewLink
from core.people import service as people
from core.sandbox import demo

_PER_RECORD = 25
#: Of a million; the newest of few are as new.
_MOST = 1_000_000
_FIRST_DAY = date(2024, 12, 1)
_A_DAY = 1440  # links, one a minute
_EXPIRES_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Filled:
    """What is in there, as the questions need it."""

    tenant_id: str
    rep: str
    account: str
    id: str
    record: str
    record_id: str
    cursor: str
    middle_day: str
    expiry_day: str
    last_day: str


def fill(app: App, workspace: Workspace, count: int) -> Filled:
    """So many links in all states, and a payment on each that is paid."""
    crm = connections.crm_port(app, workspace.tenant_id)
    port = connections.payment_port(app, workspace.tenant_id, workspace.account.id)
    record, product = crm.fetch_record(RecordRef("deal", "4485")), port.list_products("", None).items[0]
    new = NewLink(workspace.account.id, "kylas", record, product, 1, new_id("form"))
    first = links.create(app, workspace.owner, new).link_id
    other, rep = _other_account(app, workspace), people.member_by_email(app, demo.REP)
    assert rep
    words = _Words(app.db.engine.dialect.name, count)
    given = {"first": first, "count": count, "other": other, "rep": rep.user_id}
    with app.db.engine.begin() as connection:
        for statement in words.statements():
            connection.execute(statement, {k: v for k, v in given.items() if f":{k}" in statement.text})
    _tidy(app.db.engine)
    middle = _MOST - count // 2
    with app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        half_way = session.get_one(PaymentLink, f"lnk_{1_000_000_000 + middle}")
    day = _FIRST_DAY + timedelta(days=middle // _A_DAY)
    return Filled(
        tenant_id=workspace.tenant_id,
        rep=rep.user_id,
        account=other,
        id=half_way.id,
        record=_CUSTOMER,
        record_id=half_way.record_id,
        cursor=Order().sign(Key(half_way.created_at, half_way.id)),
        middle_day=day.isoformat(),
        expiry_day=(day + _EXPIRES_AFTER).isoformat(),
        last_day=(day + _EXPIRES_AFTER + timedelta(days=3)).isoformat(),
    )


def _other_account(app: App, workspace: Workspace) -> str:
    with app.db.unit_of_work(workspace.tenant_id) as session:
        known = session.get_one(PaymentAccount, workspace.account.id)
        values = {one.key: getattr(known, one.key) for one in inspect(PaymentAccount).column_attrs}
        id = new_id("acc")
        other = {"id": id, "external_id": id, "webhook_token": id, "is_default": False}
        session.add(PaymentAccount(**values | other))
    return id


def _tidy(engine: Engine) -> None:
    """As a database is that has been in use for long."""
    if engine.dialect.name == "sqlite":
        statistics.renew(engine)
        engine.dispose()  # a connection reads them when it is made
        return
    with engine.execution_options(dealpay_alone=True).connect() as connection:
        for table in ("payment_links", "payments", "link_texts"):
            connection.exec_driver_sql(f"vacuum analyze {table}")


class _Words:
    """The statements, for one database. ``n`` runs up to a million, in few links as in many."""

    def __init__(self, dialect: str, count: int):
        self._sqlite, self._count = dialect == "sqlite", count

    def statements(self) -> list[TextClause]:
        columns = {column.name: column.name for column in PaymentLink.__table__.columns}
        columns |= (
            dict.fromkeys(("id", "record_key", "form_key", "provider_ref", "payer_token"), _ID)
            | self._own()
        )
        return [
            self._copies("payment_links", columns, "1 = 1"),
            self._copies("payments", self._payment(), f"n % 10 < {_PAID}"),
            text(
                "insert into link_texts (link_id, tenant_id, text) select l.id, l.tenant_id, "
                "lower(l.record_title || ' ' || l.product_name || ' ' || l.record_id || ' ' || "
                "coalesce(p.payer_name || ' ' || p.payer_email, '')) from payment_links l "
                "left join payments p on p.link_id = l.id where l.id <> :first order by l.id"
            ),
        ]

    def _own(self) -> dict[str, str]:
        expiry = f"n + {_EXPIRES_AFTER.days * _A_DAY}"
        odd = int(Flag.OVERPAID | Flag.NEEDS_ATTENTION)
        state = (
            f"case when n % 10 < {_PAID} then 'paid' when n % 100 < 96 then 'open' "
            "when n % 100 = 96 then 'part_paid' when n % 100 = 97 then 'expired' else 'deactivated' end"
        )
        return {
            "record_id": f"cast(n / {_PER_RECORD} as varchar(20))",
            "record_kind": "case when n % 700 = 1 then 'lead' else 'deal' end",
            "record_title": f"{self._name()} || {_TITLE}",
            "state": state,
            "flags": f"case when n % 100 = 0 then {odd} else 0 end",
            "mode": "case when n % 150 = 7 then 'test' else 'live' end",
            "account_id": "case when n % 20 = 3 then :other else account_id end",
            "created_by": "case when n % 30 in (3, 4) then :rep else created_by end",
            "handed_to": "case when n % 30 in (5, 6) then :rep end",
            "amount_minor": "100 + (n * 919) % 100000",
            "amount_currency": "case when n % 10 = 0 then 'EUR' else 'INR' end",
            "created_at": self._at("n"),
            "paid_at": f"case when n % 10 < {_PAID} then {self._at('n + 60')} end",
            "expires_at": f"case when n % 5 = 2 then {self._at(expiry)} end",
            "payer_name": "null",
        }

    def _payment(self) -> dict[str, str]:
        copied = ("tenant_id", "account_id", "amount_minor", "amount_currency")
        return dict(zip(copied, copied, strict=True)) | {
            "id": "'pay_' || (1000000000 + n)",
            "link_id": _ID,
            "provider_ref": "'cs_' || n",
            "intent_ref": "'pi_' || n",
            "state": "'succeeded'",
            "payer_name": f"'Meena ' || {_word('n * 31')}",
            "payer_email": f"{self._name()} || '@payer.example'",
            "late": "0" if self._sqlite else "false",
            "created_at": self._at("n + 60"),
            "updated_at": self._at("n + 60"),
        }

    def _name(self) -> str:
        """Of few links and of many, as many are of one customer, so that both show a page of them."""
        step = max(self._count // _OF_CUSTOMER, 2)
        return f"(case when n % {step} = 1 then '{_CUSTOMER}' else {_word('n')} end)"

    def _at(self, minutes: str) -> str:
        if self._sqlite:
            ahead = f"'+' || ({minutes}) || ' minutes'"
            return f"strftime('%Y-%m-%d %H:%M:%S', '{_FIRST_DAY}', {ahead}) || '.000000'"
        return f"timestamptz '{_FIRST_DAY} 00:00+00' + ({minutes}) * interval '1 minute'"

    def _copies(self, table: str, columns: dict[str, str], where: str) -> TextClause:
        """An insert of rows made from the first link, one for each number."""
        return text(
            f"insert into {table} ({', '.join(columns)}) "  # noqa: S608
            f"with recursive numbers(n) as (select {_MOST} - :count + 1 union all select n + 1 from "
            f"numbers where n < {_MOST}) "
            f"select {', '.join(columns.values())} from payment_links, numbers "
            f"where payment_links.id = :first and {where}"
        )


_PAID = 6  # of ten
_CUSTOMER, _OF_CUSTOMER = "wagtail", 90
_ID = "'lnk_' || (1000000000 + n)"
_SYLLABLES = "bakodufegihalimenopurasetivoxyzajeki"


def _word(number: str) -> str:
    """One of 5,832 words."""
    parts = (f"substr('{_SYLLABLES}', 1 + 2 * (({number}) / {step} % 18), 2)" for step in (1, 18, 324))
    return f"({' || '.join(f'cast({part} as varchar(2))' for part in parts)})"


_TITLE = (
    "' ' || case when n % 3 = 0 then 'Solar' when n in "
    f"({', '.join(str(_MOST - back) for back in (7, 100, 3001, 5000, 9000))}) then 'Quetzal' "
    "else 'Garden' end || case when n % 10 = 1 and n <= 900000 then ' legacy' else '' end || ' ' || "
    f"{_word('n * 919')}"
)
