"""Fifty links on a page cost as many queries as five."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event, inspect

from core.db.base import new_id
from core.db.ready import Ready
from core.inbox.models import DeliveryEntry
from core.links import service
from core.links.models import LinkText, PaymentLink
from core.links.service import LinkFilter
from core.links.texts import text_of
from core.people import service as people
from core.people.roles import Role
from tests.deliveries import copied, delivery, paid
from tests.pages import frame
from tests.support import Browser
from tests.workspace import DEAL, Workspace


@contextmanager
def counted(workspace: Workspace) -> Iterator[list[str]]:
    """The statements that the app sends to its database meanwhile, up to their conditions."""
    sent: list[str] = []

    def keep(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("pragma"):  # how a connection was used before is no query
            sent.append(statement.partition("WHERE")[0])

    def ready(statement: Ready, given: Mapping[str, Any]) -> Any:
        keep(None, None, statement.sql)
        return values(statement, given)

    values = Ready.values  # asked once for each time that one is sent, past SQLAlchemy
    event.listen(workspace.app.db.engine, "before_cursor_execute", keep)
    try:
        with patch.object(Ready, "values", ready):
            yield sent
    finally:
        event.remove(workspace.app.db.engine, "before_cursor_execute", keep)


def test_statements_that_are_ready_are_counted(workspace: Workspace, member: Browser) -> None:
    with counted(workspace) as sent:
        member.get("/links")
    assert [one for one in sent if "FROM web_sessions" in one]
    assert [one for one in sent if "FROM payment_links" in one]


def add_links(workspace: Workspace, count: int) -> None:
    """More links like the first one, each made by somebody else."""
    first = workspace.rows(PaymentLink)[0]
    names = [column.key for column in inspect(PaymentLink).column_attrs]
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for _ in range(count):
            id = new_id("lnk")
            maker = people.add_member(
                session,
                workspace.tenant_id,
                email=f"{id}@example.com",
                name=id,
                password="as good as any",
                role=Role.REP,
            )
            copied = {name: getattr(first, name) for name in names}
            mine = {"id": id, "form_key": id, "provider_ref": id, "record_key": id, "created_by": maker}
            mine["payer_token"] = id
            session.flush()
            session.add(PaymentLink(**copied | mine))
            session.flush()
            session.add(LinkText(link_id=id, text=text_of(first)))


def list_links(workspace: Workspace, _: Browser) -> int:
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        return len(service.list_links(session, LinkFilter(text="solar")).links)


def links_of_record(workspace: Workspace, _: Browser) -> int:
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        return len(service.links_of_record(session, "kylas", DEAL.kind, DEAL.id))


def logs(_: Workspace, member: Browser) -> int:
    return len(member.get("/links").html.find("tbody").find_all("tr"))


def panel(_: Workspace, member: Browser) -> int:
    return str(member.get(frame("links")).html).count("Payment in INR")


@pytest.mark.parametrize("ask", [list_links, links_of_record, logs, panel])
def test_it_asks_as_often_for_fifty_as_for_five(
    workspace: Workspace, member: Browser, ask: Callable[[Workspace, Browser], int]
) -> None:
    workspace.open_link()
    add_links(workspace, 4)
    ask(workspace, member)  # what is asked once only, asked now
    with counted(workspace) as for_five:
        assert ask(workspace, member) == 5
    add_links(workspace, 45)
    with counted(workspace) as for_fifty:
        assert ask(workspace, member) == 50
    assert for_fifty == for_five


def deliveries(_: Workspace, member: Browser) -> int:
    return len(member.get("/deliveries").html.find("tbody").find_all("tr"))


def delivery_log(workspace: Workspace, member: Browser) -> int:
    id = workspace.deliveries()[0].id
    return len(member.get(f"/deliveries/{id}").html.select(".timeline li"))


@pytest.mark.parametrize("ask", [deliveries, delivery_log])
def test_so_it_does_for_deliveries_and_their_logs(
    workspace: Workspace, member: Browser, ask: Callable[[Workspace, Browser], int]
) -> None:
    first = delivery(workspace, paid(workspace))

    def add(count: int) -> None:
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            for _ in range(count):
                session.add(copied(first, new_id("whd")))
                session.add(DeliveryEntry(delivery_id=first.id, text="Tried.", actor_id=new_id("usr")))

    add(4)
    ask(workspace, member)
    with counted(workspace) as for_five:
        assert ask(workspace, member) == 5
    add(45)
    with counted(workspace) as for_fifty:
        assert ask(workspace, member) == 50
    assert for_fifty == for_five
