"""Fill the start state from the tables."""

from core.testing.store import Doc, Store
from plugins.kylas_crm.simulator import fields
from plugins.kylas_crm.simulator import seed_data as data
from plugins.kylas_crm.simulator.callers import ACTIONS
from plugins.kylas_crm.simulator.deals import priced
from plugins.kylas_crm.simulator.moves import moved, stage_in
from plugins.kylas_crm.simulator.notes import new_note
from plugins.kylas_crm.simulator.records import FIELDS
from plugins.kylas_crm.simulator.state import (
    Tenant,
    full_name,
    millis_time,
    named,
    offset_time,
    seconds_time,
)

HOUR = 3600
ENTITIES = (
    "lead", "deal", "contact", "company", "note", "products-services", "pipeline", "user",
    "searchList", "webhook", "config", "customField",
)  # fmt: skip
_READ = ["read", "readAll"]
_OWN = ["read", "write", "update", "email", "call", "sms", "task", "note", "meeting"]
_REST: Doc = {
    "contact": _READ, "company": _READ, "note": ["read", "write"], "products-services": _READ,
    "pipeline": _READ, "user": ["read"], "searchList": ["read"],
}  # fmt: skip
#: (number, name, description, permissions)
PROFILES: tuple[tuple[int, str, str, Doc], ...] = (
    (1, data.ADMIN, "Everything", {entity: list(ACTIONS) for entity in ENTITIES}),
    (2, data.MANAGER, "All leads and deals", {
        "lead": [*_OWN, "readAll", "updateAll"], "deal": [*_OWN, "readAll", "updateAll"], **_REST,
    }),
    (3, data.REP, "Own leads and deals", {"lead": _OWN, "deal": _OWN, **_REST}),
)  # fmt: skip
_WEB = {"createdViaId": "1", "createdViaName": "User", "createdViaType": "Web"}


class Seeder:
    """Writes one start state, dated back from ``now`` (epoch seconds)."""

    def __init__(self, store: Store, now: float):
        self.store = store
        self.now = now

    def tenant(self, id: int) -> Tenant:
        return Tenant(self.store, id)

    def run(self) -> None:
        self._tenants()
        self._users()
        self._catalogue()
        self._pipelines()
        self._contacts()
        self._leads()
        self._deals()
        for number, (tenant, kind, record, author, text, hours) in enumerate(data.NOTES):
            at = millis_time(self.now - hours * HOUR)
            new_note(self.tenant(tenant), 7001 + number, kind, record, author, text, at)

    def _tenants(self) -> None:
        at = offset_time(self.now - 400 * 24 * HOUR)
        for id, company, currency, plan, key in data.TENANTS:
            details: Doc = dict.fromkeys(
                ("accountName", "industry", "website", "logo", "address", "city", "state", "zip",
                 "createdBy", "updatedBy", "recordActions")
            )  # fmt: skip
            details |= {"id": id, "companyName": company, "currency": currency, "planName": plan}
            details |= {"timezone": "Asia/Calcutta", "dateFormat": "MMM D, YYYY [at] h:mm a"}
            details |= {"language": "EN", "country": "IN", "active": True, "confirmed": True}
            details |= {"confirmedAt": at, "createdAt": at, "updatedAt": at}
            details["metaData"] = {"idNameStore": {"updatedBy": {}, "createdBy": {}}}
            self.store.put("tenant", id, details)
            owner = int(key.rpartition(":")[2])
            self.store.put("api_key", key, {"key": key, "tenantId": id, "userId": owner})
            for number, name, description, permissions in PROFILES:
                profile = {"id": id * 10 + number, "name": name, "description": description}
                profile |= {"active": True, "systemDefault": True, "permissions": permissions}
                self.tenant(id).put("profile", profile)
            fields.seed(self.tenant(id))

    def _users(self) -> None:
        at = offset_time(self.now - 390 * 24 * HOUR)
        numbers = {name: number for number, name, _, _ in PROFILES}
        for tenant, id, first, last, email, profile, designation in data.USERS:
            user: Doc = dict.fromkeys(
                ("updatedEmail", "salutation", "signature", "title", "department", "lockedAt",
                 "failedAttempts", "deactivateReason", "customFieldValues", "createdBy",
                 "updatedBy", "metaData", "emailProvider")
            )  # fmt: skip
            user |= {"id": id, "firstName": first, "lastName": last, "email": email}
            user |= {"designation": designation, "profileId": tenant * 10 + numbers[profile]}
            user |= {"phoneNumbers": _phones(f"98{id:08}"), "currency": "INR"}
            user |= {"timezone": "Asia/Calcutta", "dateFormat": "MMM D, YYYY [at] h:mm a"}
            user |= {"language": "EN", "locked": False, "active": True, "emailVerified": True}
            user |= {"createdAt": at, "updatedAt": at, "recordActions": {"read": True}}
            self.tenant(tenant).put("user", user)

    def _catalogue(self) -> None:
        for tenant, id, code, name, base in data.OWN_CURRENCIES:
            currency = {"id": id, "currencyValueId": id, "name": code, "displayName": name}
            currency |= {"active": True, "baseCurrency": base, "tenantId": tenant}
            self.tenant(tenant).put("currency", currency)
        at = millis_time(self.now - 200 * 24 * HOUR)
        for tenant, id, name, currency_id, price, active in data.PRODUCTS:
            product: Doc = {"id": id, "name": name, "isActive": active, "updatedAt": at}
            product |= {"price": {"currencyId": currency_id, "value": float(price)}}
            product |= {"description": None, "hsnSacCode": None, "category": None, "units": []}
            product |= {"countryOfOrigin": None, "customFieldValues": {}}
            self.tenant(tenant).put("product", product)

    def _pipelines(self) -> None:
        at = offset_time(self.now - 380 * 24 * HOUR)
        closing = (("Won", "CLOSED_WON", 100), ("Closed Unqualified", "CLOSED_UNQUALIFIED", 0),
                   ("Closed Lost", "CLOSED_LOST", 0))  # fmt: skip
        for tenant, id, name, kind, active, sequential, first, names in data.PIPELINES:
            opened = [(name, "OPEN", 20 * number) for number, name in enumerate(names)]
            stages = [
                {
                    "id": first + number,
                    "name": stage,
                    "description": None,
                    "forecastingType": forecasting,
                    "position": number + 1,
                    "winLikelihood": likelihood,
                    "createdAt": at,
                }
                for number, (stage, forecasting, likelihood) in enumerate([*opened, *closing])
            ]
            pipeline: Doc = {"id": id, "name": name, "entityType": kind, "active": active}
            pipeline |= {"sequentialStageFlow": sequential, "stages": stages, "updatedAt": at}
            pipeline["lostReasons"] = list(data.LOST_REASONS)
            pipeline["unqualifiedReasons"] = list(data.UNQUALIFIED_REASONS)
            self.tenant(tenant).put("pipeline", pipeline)

    def _contacts(self) -> None:
        at = offset_time(self.now - 90 * 24 * HOUR)
        for tenant, id, first, last, _company, email, mobile in data.CONTACTS:
            owner = data.ASHA if tenant == data.TENANT_A else data.ANITA
            contact: Doc = dict.fromkeys(FIELDS["contact"])
            contact |= {"id": id, "ownerId": owner, "firstName": first, "lastName": last}
            contact |= {"emails": _emails(email), "phoneNumbers": _phones(mobile), **_WEB}
            contact |= {"createdAt": at, "updatedAt": at, "createdBy": owner, "updatedBy": owner}
            self.tenant(tenant).put("contact", contact)

    def _leads(self) -> None:
        for number, row in enumerate(data.LEADS):
            tenant, id, first, last, company, email, mobile, need, budget, owner, *place = row
            at = self.now - (30 + 9 * number) * HOUR
            lead: Doc = dict.fromkeys(FIELDS["lead"])
            lead |= {"id": id, "ownerId": owner, "firstName": first, "lastName": last}
            lead |= {"companyName": company, "emails": _emails(email), "phoneNumbers": _phones(mobile)}
            lead |= {"requirementName": need, "requirementCurrency": "INR" if budget else None}
            lead |= {"requirementBudget": float(budget) if budget else None, "country": "IN"}
            lead |= {"createdBy": owner, "updatedBy": owner, "customFieldValues": {}, **_WEB}
            lead |= {"createdAt": offset_time(at), "updatedAt": millis_time(at + HOUR)}
            lead["products"] = [named(data.SURVEY, "Site survey")] if id == data.LEADS[0][1] else []
            self.tenant(tenant).put("lead", self._placed(tenant, lead, *place))

    def _deals(self) -> None:
        for number, row in enumerate(data.DEALS):
            tenant, id, name, company, contacts, owner, pipeline, stage, value, lines = row
            place = self.tenant(tenant)
            user = place.get("user", owner)
            assert user
            people = [place.get("contact", one) or {} for one in contacts]
            by, at = named(owner, full_name(user)), self.now - (40 + 11 * number) * HOUR
            deal: Doc = dict.fromkeys(FIELDS["deal"])
            deal |= {"id": id, "name": name, "ownedBy": by, "createdBy": by, "updatedBy": by, **_WEB}
            deal |= {"company": named(4059 + number, company) if company else None}
            deal["associatedContacts"] = [named(one["id"], full_name(one)) for one in people]
            deal["estimatedValue"] = {"currencyId": data.INR, "value": float(value)} if value else None
            deal["products"] = [self._line(place, *line) for line in lines]
            deal |= {"createdAt": seconds_time(at), "updatedAt": seconds_time(at + HOUR)}
            deal["customFieldValues"] = {}
            place.put("deal", self._placed(tenant, priced(deal), pipeline, stage))

    def _placed(self, tenant: int, record: Doc, pipeline_id: int | None, stage: int | None) -> Doc:
        if pipeline_id is None or stage is None:
            return record
        pipeline = self.tenant(tenant).get("pipeline", pipeline_id)
        assert pipeline
        reached = stage_in(pipeline, stage)
        return moved(record, pipeline, reached, data.LOST_REASONS[0])

    def _line(self, tenant: Tenant, product_id: int, quantity: int, percent: int) -> Doc:
        product = tenant.get("product", product_id)
        assert product
        line: Doc = {"id": product_id, "name": product["name"], "quantity": quantity}
        line |= {"price": product["price"], "units": None, "category": None, "hsnSacCode": None}
        line |= {"discount": {"type": "PERCENTAGE", "value": float(percent)}}
        return {**line, "countryOfOrigin": None, "customFieldValues": {}}


def _emails(address: str | None) -> list[Doc] | None:
    return [{"type": "OFFICE", "value": address, "primary": True}] if address else None


def _phones(digits: str | None) -> list[Doc] | None:
    if not digits:
        return None
    phone = {"type": "MOBILE", "code": "IN", "value": digits, "dialCode": "+91", "primary": True}
    return [phone]
