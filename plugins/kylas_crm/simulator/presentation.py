"""How the pages put a record into words. Reads the store, writes nothing."""

import html
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime, get_timezone
from babel.numbers import format_currency

from core.testing.store import Doc
from plugins.kylas_crm.simulator import seed_data
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.moves import stage_in
from plugins.kylas_crm.simulator.notes import notes_of
from plugins.kylas_crm.simulator.state import full_name, owner_id

LOCALE = "en_IN"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage in the bar over a record: ``state`` is done, current, won, lost or ahead."""

    name: str
    state: str


def summary(person: Caller, kind: str, record: Doc) -> Doc:
    """What a list and the head of a page show of a lead or deal."""
    owner = person.tenant.get("user", owner_id(kind, record))
    pipeline = record["pipeline"]
    if kind == "lead":
        name, company, contacts = full_name(record), record["companyName"], []
        value = amount(record["requirementBudget"], record["requirementCurrency"])
    else:
        name, company = record["name"], (record["company"] or {}).get("name")
        contacts = [one["name"] for one in record["associatedContacts"]]
        value = money(person, record["actualValue"] or record["estimatedValue"])
    return {
        "id": record["id"],
        "name": name,
        "company": company,
        "contacts": contacts,
        "amount": value,
        "owner": full_name(owner) if owner else "",
        "pipeline": pipeline["name"] if pipeline else None,
        "stage": pipeline["stage"]["name"] if pipeline else "No pipeline",
        "tone": (record["forecastingType"] or "NONE").lower().replace("_", "-"),
    }


def facts(person: Caller, kind: str, record: Doc) -> list[tuple[str, list[str]]]:
    """The details of a record: a word, and the lines under it."""
    if kind == "lead":
        phones = [f"{one['dialCode']} {one['value']}" for one in record["phoneNumbers"] or ()]
        return [
            ("Requirement", [record["requirementName"] or "Not given"]),
            ("E-mail", [one["value"] for one in record["emails"] or ()] or ["Not given"]),
            ("Mobile", phones or ["Not given"]),
        ]
    lines = []
    for one in record["associatedContacts"]:
        contact = person.tenant.get("contact", one["id"]) or {}
        address = next((mail["value"] for mail in contact.get("emails") or ()), "no e-mail")
        lines.append(f"{one['name']}, {address}")
    return [("Contacts", lines or ["None"])]


def product_lines(person: Caller, record: Doc) -> list[Doc]:
    """The product lines of a deal, with prices and discounts in words."""
    shown = []
    for line in record.get("products") or ():
        discount, price = line.get("discount") or {}, line.get("price")
        if not price:
            continue
        taken = discount.get("value") or 0
        off = (
            f"{taken:g} %"
            if discount.get("type") == "PERCENTAGE"
            else amount(taken, _codes(person).get(price["currencyId"]))
        )
        shown.append({**line, "price": money(person, price), "discount": off if taken else "None"})
    return shown


def steps(person: Caller, record: Doc) -> list[Step]:
    """The open stages, then Won, or the other closed stage that the record has come to."""
    if not record["pipeline"]:
        return []
    pipeline = person.tenant.get("pipeline", record["pipeline"]["id"])
    assert pipeline
    at = stage_in(pipeline, record["pipeline"]["stage"]["id"])
    end = "CLOSED_WON" if at["forecastingType"] == "OPEN" else at["forecastingType"]
    reached = {"OPEN": "current", "CLOSED_WON": "won"}.get(at["forecastingType"], "lost")

    def state(stage: Doc) -> str:
        if stage["id"] == at["id"]:
            return reached
        return "done" if stage["position"] < at["position"] else "ahead"

    return [
        Step(stage["name"], state(stage))
        for stage in pipeline["stages"]
        if stage["forecastingType"] in ("OPEN", end)
    ]


def notes(person: Caller, kind: str, record: Doc) -> list[Doc]:
    """The notes, newest first, as plain text and in the reader's time zone."""
    zone = get_timezone(person.user["timezone"])
    found = notes_of(person.tenant, kind.upper(), record["id"])
    shown = []
    for note in sorted(found, key=lambda one: (one["createdAt"], one["id"]), reverse=True):
        author = person.tenant.get("user", note["createdBy"])
        at = datetime.fromisoformat(note["createdAt"])
        shown.append(
            {
                "id": note["id"],
                "text": plain(note["description"]),
                "author": full_name(author) if author else "",
                "at": format_datetime(at, "d MMM y, h:mm a", tzinfo=zone, locale=LOCALE),
            }
        )
    return shown


def plain(description: str) -> str:
    """The text of a note's HTML: line breaks kept, markup gone."""
    broken = re.sub(r"<br\s*/?>|</(?:div|p|li)>", "\n", description, flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[^>]*>", "", broken)).strip()


def money(person: Caller, value: Doc | None) -> str:
    """``{currencyId, value}`` in words."""
    return amount(value["value"], _codes(person).get(value["currencyId"])) if value else "No amount"


def amount(value: Any, code: str | None) -> str:
    if value is None or code is None:
        return "No amount"
    return format_currency(Decimal(str(value)), code, locale=LOCALE)


def _codes(person: Caller) -> dict[int, str]:
    """Currency codes by id: the master list's, and the tenant's own."""
    own = {one["id"]: one["name"] for one in person.tenant.all("currency")}
    return {id: code for id, code, _name in seed_data.CURRENCIES} | own
