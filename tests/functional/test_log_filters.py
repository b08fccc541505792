"""The logs by day, account and creator, and as CSV."""

import csv
import io
import tracemalloc
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from webob.multidict import MultiDict

from core.api.records import RecordRef
from core.db.base import new_id
from core.db.session import ALL_TENANTS
from core.links import export
from core.links.log_query import LogQuery
from core.links.models import LinkText, PaymentLink
from core.links.texts import text_of
from core.people import service as people
from core.sandbox import demo
from tests.functional.test_log_pages import rows
from tests.pages import words
from tests.support import Browser, Clock
from tests.workspace import Workspace


def read(page: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.body.decode("utf-8-sig"))))


def test_days_are_those_of_the_workspace(member: Browser, workspace: Workspace, clock: Clock) -> None:
    """In India the second of January ends at 18:30 UTC."""
    clock.turn(hours=15)  # 18:04 UTC, 23:34 there
    late = workspace.open_link()
    clock.turn(minutes=30)
    next_day = workspace.open_link()
    assert rows(member.get("/links?from=2026-01-02&to=2026-01-02")) == [late]
    assert rows(member.get("/links?from=2026-01-03")) == [next_day]
    assert rows(member.get("/links?to=2026-01-01")) == []
    assert "No link matches" in words(member.get("/links?to=2026-01-01"))


def test_a_day_that_is_none_is_said_and_kept(member: Browser, workspace: Workspace) -> None:
    workspace.open_link()
    page = member.get("/links?from=tomorrow")
    assert "“tomorrow” is no date. Enter one such as 2026-11-30." in words(page)
    assert page.html.find(id="from")["value"] == "tomorrow"


def test_by_creator_and_account(member: Browser, workspace: Workspace) -> None:
    mine, other = workspace.open_link(), workspace.open_link()
    rep = people.member_by_email(workspace.app, demo.REP)
    assert rep
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(
            update(PaymentLink).where(PaymentLink.id == other).values(created_by=rep.user_id)
        )
    assert rows(member.get(f"/links?creator={workspace.owner.user_id}")) == [mine]
    assert rows(member.get(f"/links?creator={rep.user_id}")) == [other]
    assert len(rows(member.get(f"/links?account={workspace.account_id}"))) == 2
    assert rows(member.get("/links?account=acc_nobodys")) == []


def test_the_filters_stay_on_the_next_page(member: Browser, workspace: Workspace) -> None:
    copies(workspace, 60)
    page = member.get(f"/links?creator={workspace.owner.user_id}&from=2026-01-01")
    assert len(rows(page)) == 50
    older = page.click("Older links")
    assert f"creator={workspace.owner.user_id}" in older.request.url
    assert len(rows(older)) == 11


def test_a_file_of_all_that_the_filters_leave(member: Browser, workspace: Workspace) -> None:
    paid, unpaid = workspace.open_link(quantity=4500), workspace.open_link(quantity=10)
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    page = member.get("/links").click("Download as CSV")
    assert page.content_disposition == "attachment; filename=payment-links.csv"
    found = {row["Link id"]: row for row in read(page)}
    assert list(found) == [unpaid, paid]
    row = found[paid]
    assert (row["Amount"], row["Currency"], row["Paid"], row["Status"]) == (
        "4500.00",
        "INR",
        "4500.00",
        "Paid",
    )
    assert (row["Creator"], row["Account"]) == ("Asha Rao", workspace.account().label)
    assert [one["Link id"] for one in read(member.get("/links.csv?status=paid"))] == [paid]


def test_no_cell_is_a_formula(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    with workspace.app.db.unit_of_work(ALL_TENANTS) as session:
        session.get_one(PaymentLink, link_id).record_title = '=HYPERLINK("https://evil.example")'
    [row] = read(member.get("/links.csv"))
    assert row["Record"] == '\'=HYPERLINK("https://evil.example")'


def test_a_rep_takes_away_their_own(browser: Browser, workspace: Workspace) -> None:
    theirs = workspace.open_link(RecordRef("deal", "4486"))
    workspace.open_link()
    browser.sign_in(demo.REP, demo.PASSWORD)
    assert [row["Link id"] for row in read(browser.get("/links.csv"))] == [theirs]
    assert not browser.get("/links").html.find(id="creator")


def copies(workspace: Workspace, count: int) -> None:
    """So many links like one that was made."""
    made = workspace.open_link()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        first = session.get_one(PaymentLink, made)
        columns = {one.key: getattr(first, one.key) for one in PaymentLink.__mapper__.column_attrs}
        for _ in range(count):
            id = new_id("lnk")
            own = {"id": id, "form_key": id, "provider_ref": id, "record_key": id, "payer_token": id}
            session.add(PaymentLink(**columns | own))
            session.flush()
            session.add(LinkText(link_id=id, text=text_of(first)))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_many_are_read_a_part_at_a_time(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    copies(workspace, 600)
    monkeypatch.setattr(export, "_AT_ONCE", 50)
    query = LogQuery.of(MultiDict(), ZoneInfo("UTC"), (), None)
    parts = export.lines(workspace.app, workspace.tenant_id, query)
    next(parts), next(parts)
    tracemalloc.start()
    count = sum(part.count(b"\n") for part in parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 601 - 50
    assert peak < 4_000_000
