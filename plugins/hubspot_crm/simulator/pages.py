"""Deals and contacts as a sales person sees them, with the app in a card.

The addresses are those of the real web app, so that links into the CRM work here too.
"""

import html
import re
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator.activities import Activities
from plugins.hubspot_crm.simulator.seed_data import BRIGHTWATER

#: The number of a type in an address: its path in the API, the word on the page and in a card.
TYPES = {"0-3": ("deals", "Deals", "DEAL"), "0-1": ("contacts", "Contacts", "CONTACT")}
_BREAK = re.compile(r"<br ?/?>|</(?:div|p)>")
_TAG = re.compile(r"<[^>]*>")


def shown(body: str) -> str:
    """A note's HTML as a browser shows it."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body)))


class Pages(Activities):
    """Lists, records and the tokens of each account, without signing in."""

    @route("GET", "/")
    def home(self, request: Request) -> Response:
        address = f"{self.base_url}/contacts/{BRIGHTWATER.portal}/objects/0-3/views/all/list"
        return Response(status=302, location=address)

    @route("GET", "/contacts/{portal}/objects/{type}/views/all/list")
    def record_list(self, request: Request, portal: str, type: str) -> Response:
        account = self.store.get("account", portal)
        if account is None or type not in TYPES:
            return self._missing()
        kind, title, _ = TYPES[type]
        rows = [
            {"id": doc["id"], "name": _title(kind, doc), "facts": self._facts(account, kind, doc)}
            for doc in self.store.all(f"{portal}/{kind}")
        ]
        return self._page("list.html", account, title=title, here=type, rows=rows)

    @route("GET", "/contacts/{portal}/record/{type}/{id}")
    def record_page(self, request: Request, portal: str, type: str, id: str) -> Response:
        """A record; the card's frames say who and what, and sign nothing."""
        account = self.store.get("account", portal)
        doc = self.store.get(f"{portal}/{TYPES[type][0]}", id) if type in TYPES else None
        if account is None or doc is None:
            return self._missing()
        kind, title, word = TYPES[type]
        person = self.owners(account["portalId"])[0]
        query = urlencode(
            {
                "userId": person["userId"],
                "userEmail": person["email"],
                "associatedObjectId": id,
                "associatedObjectType": word,
                "portalId": portal,
            }
        )
        notes = self.notes_on(account["portalId"], kind, id)
        tasks = self.tasks_on(account["portalId"], kind, id)
        return self._page(
            "record.html",
            account,
            title=title,
            here=type,
            name=_title(kind, doc),
            facts=self._facts(account, kind, doc),
            notes=[shown(note["properties"].get("hs_note_body", "")).strip() for note in notes],
            tasks=[self._task(account["portalId"], task["properties"]) for task in tasks],
            links=f"{self.app_url}/embed/hubspot/links?{query}",
            new_link=f"{self.app_url}/embed/hubspot/links/new?{query}",
        )

    @route("GET", "/private-apps/{portal}")
    def tokens(self, request: Request, portal: str) -> Response:
        """The access tokens of an account, with what each may do."""
        account = self.store.get("account", portal)
        if account is None:
            return self._missing()
        rows = self.store.all("token", lambda token: str(token["portal"]) == portal)
        return self._page("tokens.html", account, title="Private apps", here="apps", rows=rows)

    def _facts(self, account: Doc, kind: str, doc: Doc) -> list[tuple[str, str]]:
        """What a person wants to see of a record, with the word before it."""
        values = doc["properties"]
        facts = [("Owner", self._owner(account["portalId"], values))]
        if kind == "contacts":
            phone = values.get("phone") or values.get("mobilephone") or "None"
            return [("E-mail", values.get("email", "None")), ("Phone", phone), *facts]
        currency = values.get("deal_currency_code", account["currency"])
        amount = f"{values['amount']} {currency}" if "amount" in values else "None"
        own = [
            (row["label"], values[row["name"]])
            for row in self.store.all(f"{account['portalId']}/properties/{kind}")
            if row["name"] in values
        ]
        return [("Amount", amount), *self._stage(account["portalId"], values), *facts, *own]

    def _owner(self, portal: int, values: Doc) -> str:
        owners = {row["id"]: row for row in self.owners(portal)}
        owner = owners.get(values.get("hubspot_owner_id", ""), {})
        named = " ".join(part for part in (owner.get("firstName"), owner.get("lastName")) if part)
        return str(named or owner.get("email") or "Nobody")

    def _task(self, portal: int, values: Doc) -> str:
        title, due = values.get("hs_task_subject", "Task"), values["hs_timestamp"][:10]
        return f"{title} ({self._owner(portal, values)}, due {due})"

    def _stage(self, portal: int, values: Doc) -> list[tuple[str, str]]:
        for pipeline in self.pipelines(portal):
            for stage in pipeline["stages"]:
                if (pipeline["id"], stage["id"]) == (values.get("pipeline"), values.get("dealstage")):
                    return [("Pipeline", pipeline["label"]), ("Stage", stage["label"])]
        return []

    def _page(self, template: str, account: Doc, **values: object) -> Response:
        return self.render(template, account=account, accounts=self.store.all("account"), **values)

    def _missing(self) -> Response:
        account = self.account(BRIGHTWATER.portal)
        response = self._page("missing.html", account, title="Not found", here="")
        response.status_int = 404
        return response


def _title(kind: str, doc: Doc) -> str:
    values = doc["properties"]
    if kind == "deals":
        return str(values.get("dealname", doc["id"]))
    name = " ".join(part for key in ("firstname", "lastname") if (part := values.get(key)))
    return name or str(values.get("email", doc["id"]))
