"""The logs' filters, orders, columns, chips and cursors, as they stand in the address."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from webob.multidict import MultiDict

from core.api.money import Money
from core.connections.models import PaymentAccount
from core.db.base import new_id
from core.links import export, walking
from core.links.log_query import LogQuery
from core.links.models import LinkText, Payment, PaymentLink
from core.links.texts import text_of
from core.sandbox import demo
from tests.functional.test_log_filters import read
from tests.functional.test_log_pages import rows
from tests.functional.test_query_counts import counted
from tests.pages import words
from tests.support import Browser, Clock
from tests.workspace import Workspace


@pytest.fixture
def add(workspace: Workspace) -> Any:
    """Add a link like one that was made, with other values; its id."""
    made = workspace.link(workspace.open_link())
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.delete(session.query(LinkText).where(LinkText.link_id == made.id).one())
        session.get_one(PaymentLink, made.id).job_state = "failed"  # out of sight
        session.get_one(PaymentLink, made.id).state = "draft"
    columns = {one.key: getattr(made, one.key) for one in PaymentLink.__mapper__.column_attrs}

    def added(amount: Money | None = None, payer: str = "", **values: Any) -> str:
        id = values.pop("id", None) or new_id("lnk")
        own = {"id": id, "form_key": id, "provider_ref": f"plink_{id[-12:]}", "record_key": id}
        own |= {"payer_token": id, **values}
        if amount:
            own |= {"amount_minor": amount.minor, "amount_currency": amount.currency}
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            link = PaymentLink(**columns | own)
            session.add(link)
            session.flush()
            paid = []
            if payer:
                paid = [
                    Payment(
                        link_id=id,
                        account_id=made.account_id,
                        provider_ref=f"cs_{id}",
                        intent_ref=f"pi_{id}",
                        state="succeeded",
                        amount=amount or made.amount,
                        payer_name=payer,
                    )
                ]
                session.add_all(paid)
            session.add(LinkText(link_id=id, text=text_of(link, paid)))
        return id

    return added


def listed(member: Browser, query: str) -> list[str]:
    return rows(member.get(f"/links?{query}"))


# Filters


def test_by_status(member: Browser, add: Any) -> None:
    ids = {state: add(state=state) for state in ("open", "part_paid", "paid", "expired", "deactivated")}
    for state, id in ids.items():
        assert listed(member, f"status={state}") == [id]
    assert listed(member, "status=unpaid") == [ids["part_paid"], ids["open"]]
    assert len(listed(member, "status=' or 1=1")) == 5


def test_by_the_days_of_three_things(member: Browser, add: Any, clock: Clock) -> None:
    now = clock()
    old, new = add(created_at=now - timedelta(days=9)), add()
    paid = add(state="paid", created_at=now - timedelta(days=3), paid_at=now - timedelta(days=2))
    ends = add(expires_at=now + timedelta(days=2))

    def day(ahead: int) -> str:
        return (now + timedelta(days=ahead)).date().isoformat()

    assert listed(member, f"to={day(-5)}") == [old]
    assert listed(member, f"from={day(0)}") == [ends, new]
    assert listed(member, f"paid_from={day(-2)}&paid_to={day(-2)}") == [paid]
    assert listed(member, f"paid_from={day(-1)}") == []
    assert listed(member, f"expires_from={day(1)}&expires_to={day(3)}") == [ends]
    assert listed(member, f"expires_to={day(1)}") == []


def test_by_record(member: Browser, add: Any) -> None:
    lead = add(record_kind="lead", record_id="31", record_title="Café São")
    deal = add(record_kind="deal", record_id="3177", record_title="Rooftop 31%")
    assert listed(member, "kind=lead") == [lead]
    assert listed(member, "record=31") == [lead]  # the very id comes before parts of titles
    assert listed(member, "kind=deal&record=3177") == [deal]
    assert listed(member, "record=31%25") == [deal]
    assert listed(member, f"record={quote('Café')}") == [lead]
    assert listed(member, "record=nothing") == []


def test_by_mode(member: Browser, add: Any) -> None:
    test, live = add(mode="test"), add(mode="live")
    assert listed(member, "mode=test") == [test]
    assert listed(member, "mode=live") == [live]
    assert listed(member, "mode=both") == [live, test]


def test_by_amount_in_the_decimals_of_its_currency(member: Browser, add: Any) -> None:
    rupees, more = add(Money(99_99, "INR")), add(Money(100_00, "INR"))
    yen, dinar = add(Money(100, "JPY")), add(Money(100_500, "KWD"))
    assert listed(member, "currency=INR&least=100") == [more]
    assert listed(member, "currency=INR&most=99.99") == [rupees]
    assert listed(member, "currency=jpy&least=100&most=100") == [yen]
    assert listed(member, "currency=KWD&least=100.5&most=100.500") == [dinar]
    # The workspace's only account is in rupees: an amount that names no currency is in them.
    assert listed(member, "least=100") == [more]
    assert listed(member, "currency=JPY") == [yen]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("currency=JPY&least=1.5", "least", "Enter an amount in JPY such as 1500, a whole number"),
        ("least=1,500", "least", "Enter an amount in INR such as 1500.00, with at most 2 decimals"),
        ("most=-3", "most", "Enter an amount in INR"),
        ("most=1e9", "most", "Enter an amount in INR"),
        ("most=%D9%A1%D9%A2", "most", "Enter an amount in INR"),
        ("least=9999999999999", "least", "Enter an amount in INR"),
        ("least=5&most=4", "most", "The most is less than the least."),
        ("currency=rupees", "currency", "A currency is three letters, such as EUR."),
        ("from=2026-02-30", "from", "“2026-02-30” is no date."),
        ("paid_from=2026-01-02&paid_to=2026-01-01", "paid_to", "The last day is before the first."),
        ("expires_to=9999-12-31", "expires_to", "Choose another day."),
        ("from=0001-01-01", "from", "Choose another day."),
        (f"text={'x' * 5000}", "text", "That is too long"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_kept(
    member: Browser, add: Any, query: str, field: str, said: str
) -> None:
    add()
    page = member.get(f"/links?{query}")
    input = page.html.find(id=field)
    assert input["aria-invalid"] == "true"
    assert said in page.html.find(id=input["aria-describedby"]).get_text()
    assert input["value"].upper() in {value.upper() for value in page.request.GET.values()}


def test_amounts_of_several_currencies_need_one(member: Browser, workspace: Workspace, add: Any) -> None:
    add()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        known = session.get_one(PaymentAccount, workspace.account_id)
        values = {one.key: getattr(known, one.key) for one in PaymentAccount.__mapper__.column_attrs}
        own = {"id": "acc_yen", "external_id": "yen", "webhook_token": "yen", "currency": "JPY"}
        session.add(PaymentAccount(**values | own | {"is_default": False}))
    for query in ("least=5", "sort=amount"):
        page = member.get(f"/links?{query}")
        assert "Choose a currency: amounts are compared within one." in words(page)
    assert listed(member, "sort=amount&currency=INR")


# Texts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rooftop", True),
        ("ROOFTOP solar", True),
        ("solar rooftop", True),  # each word, wherever
        ("rooftop wind", False),
        ("oofto", True),
        ("100%", True),
        ("%", True),
        ("a_b", True),
        ("_", True),
        ("'quoted'", True),
        ('"double"', True),
        ('" OR 1', False),
        ("rooftop OR nothing", False),
        ("NEAR(rooftop solar)", False),
        ("rooftop*", False),
        ("text:rooftop", False),
        ("-rooftop", False),
        ("^rooftop", False),
        ("(rooftop", False),
        ("🏠", True),
        ("🏠🏠", False),
        ("बिजली", True),
        ("שלום", True),
        ("cafe\u0301", True),  # typed with a combining mark
        ("CAFÉ", True),
        ("straSSe", True),
        ("\u202e", False),
        ("meena k", True),
        ("/", True),
        ("\\", True),
    ],
)
def test_words_are_taken_literally(member: Browser, add: Any, text: str, found: bool) -> None:
    link_id = add(
        record_title="Rooftop solar 100% a_b 'quoted' \"double\" 🏠 बिजली שלום café / \\",
        product_name="Straße",
        payer="Meena K",
    )
    assert listed(member, f"text={quote(text)}") == ([link_id] if found else [])


def test_by_ids_and_references(member: Browser, workspace: Workspace, add: Any) -> None:
    link_id, _other = add(payer="Meena"), add()
    link = workspace.link(link_id)
    for said in (link_id, link.provider_ref, f"pi_{link_id}", f"cs_{link_id}"):
        assert listed(member, f"text={said}") == [link_id], said
    assert listed(member, f"text={link_id}&status=paid") == []
    assert listed(member, "text=lnk_00000000000000000000000000") == []


def test_whoever_pays_is_found_from_then_on(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    assert listed(member, "text=meena") == []
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert listed(member, "text=meena") == [link_id]
    assert listed(member, "text=payer.example+rooftop") == [link_id]


def test_the_databases_own_index_finds_what_is_old(
    member: Browser, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further back than a page looks."""
    monkeypatch.setattr(walking, "_GLANCE", 2)
    monkeypatch.setattr(walking, "WINDOW", 3)
    old = add(record_title="Quetzal")
    for _ in range(6):
        add(record_title="Garden")
    assert listed(member, "text=quetzal") == [old]
    assert listed(member, "text=quetzal&sort=created") == [old]
    # No index knows two letters: it says how far it has looked.
    page = member.get("/links?text=qu")
    assert rows(page) == []
    assert "None of those fits." in words(page)
    assert rows(page.click("Look further").click("Look further")) == [old]


def test_an_address_is_found_whoever_else_is_at_its_domain(
    member: Browser, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "_GLANCE", 2)
    monkeypatch.setattr("core.links.texts.FEW", 2)
    old = add(record_title="meena@payer.example")
    other = [add(record_title=f"meena@{name}.example") for name in ("one", "two")]
    for _ in range(4):
        add(record_title="ravi@payer.example")
    # First of as many as an index is asked for, then of more, so that the domain has to tell.
    assert listed(member, "text=meena@one.example") == other[:1]
    assert listed(member, "text=meena@payer.example") == [old]
    assert listed(member, "text=meena@nowhere.example") == []


def test_words_that_many_links_have(member: Browser, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_GLANCE", 2)
    monkeypatch.setattr(walking, "WINDOW", 3)
    monkeypatch.setattr("core.links.texts.FEW", 2)
    many = [add(record_title="Garden") for _ in range(5)]
    for _ in range(5):
        add(record_title="Roof")
    page, found = member.get("/links?text=garden"), list[str]()
    for _ in range(6):
        found += rows(page)
        if "Look further" not in words(page):
            break
        page = page.click("Look further")
    assert found == many[::-1]


# Orders and cursors


@pytest.mark.parametrize(
    "sort", ["", "created", "-amount", "amount", "-paid", "paid", "-expiry", "expiry"]
)
def test_each_order_goes_on_over_the_pages(
    member: Browser, add: Any, clock: Clock, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "WINDOW", 7)
    now = clock()
    ids = {}
    for number in range(9):
        at = now + timedelta(hours=number % 3)  # some are alike
        values = {"created_at": at, "paid_at": at, "expires_at": at}
        ids[add(Money(100 + number % 3, "INR"), **values)] = number % 3
    add(Money(5, "EUR"), created_at=now - timedelta(days=1))
    query = f"sort={sort}&currency=INR&kind=deal"
    expected = sorted(ids, key=lambda id: (ids[id], id), reverse=sort.startswith("-") or not sort)
    session = member.get(f"/links?{query}")
    found, page = list[str](), session
    for _ in range(8):
        found += rows(page)
        onward = page.html.find("a", string="Look further")
        if not onward:
            break
        page = member.get(onward["href"])
    assert found == expected


def forged(*said: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "lnk_01",
        "e30",
        forged("-created"),
        forged("-created", "yesterday", "lnk_1"),
        forged("-created", "2026-01-01T00:00:00", "lnk_1"),
        forged("-created", 5, "lnk_1"),
        forged("-created", "2026-01-01T00:00:00+00:00", 7),
        forged("-created", "2026-01-01T00:00:00+00:00", "\x00"),
        forged("created", "2026-01-01T00:00:00+00:00", "lnk_1"),
        forged("-amount", 2**70, "lnk_1"),
        forged(*[[]] * 3),
        "W1tb" * 3000,
    ],
)
def test_a_forged_cursor_is_told_to_be_one(member: Browser, add: Any, cursor: str) -> None:
    link_id = add()
    page = member.get(f"/links?after={quote(cursor, safe='%')}", status=400)
    assert "The address named a place in this list" in words(page)
    assert rows(page) == [link_id]


def test_a_cursor_of_one_order_is_none_of_another(member: Browser, add: Any, clock: Clock) -> None:
    add()
    cursor = forged("-created", clock().isoformat(), "lnk_1")
    member.get(f"/links?after={cursor}", status=200)
    member.get(f"/links?sort=created&after={cursor}", status=400)
    member.get(f"/links?sort=amount&after={forged('amount', True, 'lnk_1')}", status=400)


# What the page says


def test_each_filter_is_a_chip_that_takes_it_away(member: Browser, add: Any) -> None:
    add()
    query = "text=roof&status=open&least=0.50&currency=INR&mode=test&from=2026-01-01&sort=created"
    page = member.get(f"/links?{query}&column=amount")
    chips = {chip.get_text(): chip["href"] for chip in page.html.select("a.chip")}
    assert list(chips) == [
        "“roof”",
        "Status: Open",
        "Made from Jan 1, 2026",
        "Currency: INR",
        "Amount: at least ₹0.50\u00a0INR",
        "Mode: Test",
    ]
    without = member.get(chips["Status: Open"]).request.GET
    assert "status" not in without
    assert (without["text"], without["sort"], without["column"]) == ("roof", "created", "amount")
    cleared = page.click("Clear all").request.GET
    assert dict(cleared) == {"sort": "created", "column": "amount"}


def test_the_columns_are_chosen_in_the_address(member: Browser, add: Any) -> None:
    add(payer="Meena")
    page = member.get("/links?column=payer&column=paid&column=nonsense")
    heads = [head.get_text() for head in page.html.select("thead th")]
    assert heads == ["Choose", "Created", "Payer", "Paid"]
    assert [cell.get_text(strip=True) for cell in page.html.select("tbody td")][1:] == [
        "Meena",
        "₹1.00\u00a0INR",
    ]
    [row] = read(page.click("Download as CSV"))
    assert list(row) == ["Created", "Link id", "Payer", "Paid", "Paid at"]
    heads = member.get("/links").html.select("thead th")
    assert len(heads) == 11


def test_views_that_are_looked_at_most(member: Browser, add: Any, clock: Clock) -> None:
    now = clock()
    old = add(created_at=now - timedelta(days=4), mode="live")
    ending = add(expires_at=now + timedelta(days=1), mode="live")
    paid = add(state="paid", paid_at=now, mode="live")
    test, odd = add(mode="test"), add(flags=64, mode="live")
    page = member.get("/links")
    for name, expected in [
        ("Mine", [odd, test, paid, ending, old]),
        ("Unpaid > 3 days", [old]),
        ("Expiring soon", [ending]),
        ("Paid today", [paid]),
        ("Needs attention", [odd]),
        ("Test", [test]),
    ]:
        view = member.get(page.html.find("a", string=name)["href"])
        assert rows(view) == expected, name
        assert view.html.find("a", string=name)["aria-current"] == "true"


def test_a_rep_is_told_whose_links_they_see(browser: Browser, add: Any) -> None:
    add()
    browser.sign_in(demo.REP, demo.PASSWORD)
    said = words(browser.get("/links"))
    assert "The payment links that you look after, and those of leads and deals that the CRM" in said


def test_it_asks_as_often_whatever_is_filtered(member: Browser, workspace: Workspace, add: Any) -> None:
    query = "/links?text=rooftop&status=open&currency=INR&least=0.1&kind=deal&sort=-amount"
    for _ in range(4):
        add(payer="Meena")
    member.get(query)
    with counted(workspace) as for_few:
        assert len(rows(member.get(query))) == 4
    for _ in range(40):
        add(payer="Meena")
    with counted(workspace) as for_many:
        assert len(rows(member.get(query))) == 44
    assert for_many == for_few


def test_times_in_the_file_say_their_zone(member: Browser, add: Any) -> None:
    add(expires_at=datetime.fromisoformat("2026-05-01T18:30:00+05:30"), amount=Money(1500, "JPY"))
    [row] = read(member.get("/links.csv"))
    assert (row["Expiry"], row["Amount"], row["Currency"]) == ("2026-05-01T13:00:00Z", "1500", "JPY")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_no_cell_begins_a_formula(member: Browser, add: Any, sign: str) -> None:
    add(record_title=f"{sign}1+1", payer=f"{sign}cmd")
    [row] = read(member.get("/links.csv"))
    assert (row["Record"], row["Payer"]) == (f"'{sign}1+1", f"'{sign}cmd")


def test_whoever_stops_downloading_stops_the_reading(workspace: Workspace, add: Any) -> None:
    for _ in range(3):
        add()
    query = LogQuery.of(MultiDict(), ZoneInfo("UTC"), (), None)
    parts = export.lines(workspace.app, workspace.tenant_id, query)
    next(parts)
    with counted(workspace) as asked:
        parts.close()  # type: ignore[attr-defined]
        assert list(parts) == []
    assert asked == []
