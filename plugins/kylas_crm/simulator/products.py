"""Products, currencies and the standard picklists."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals, seed_data
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.paging import ordered, paged
from plugins.kylas_crm.simulator.state import millis_time
from plugins.kylas_crm.simulator.users import looked_up

_MASTER = [{"id": id, "name": code, "displayName": name} for id, code, name in seed_data.CURRENCIES]


def _read(product: Doc) -> Doc:
    """A product as it is read: the price names its currency, where a write gives only the id."""
    price = product["price"]
    return {**product, "price": {"currency": {"id": price["currencyId"]}, "value": price["value"]}}


class Products(KylasBase):
    """``/v1/products``, ``/v1/currencies``, ``/v1/forex/currencies``, ``/v1/picklists/standard``"""

    @route("POST", "/v1/products/search")
    def search_products(self, request: Request) -> Response:
        """Every product, inactive ones too; the body may be empty."""
        products = self._allowed(request, "read").tenant.all("product")
        return answer(paged(request, [_read(one) for one in ordered(request, products)]))

    @route("GET", "/v1/products/lookup")
    def look_products_up(self, request: Request) -> Response:
        products = self._allowed(request, "read").tenant.all("product", lambda one: one["isActive"])
        rows = [{"id": product["id"], "name": product["name"]} for product in products]
        return answer(paged(request, looked_up(request, rows), most=50))

    @route("GET", "/v1/products/{id}")
    def product(self, request: Request, id: str) -> Response:
        found = self._allowed(request, "read").tenant.get("product", id)
        if not found:
            raise refusals.missing("product")
        return answer(_read(found))

    @route("POST", "/v1/products")
    def add_product(self, request: Request) -> Response:
        caller = self._allowed(request, "write")
        product = self._checked(caller, self.body(request), self.next_id())
        caller.tenant.put("product", product)
        return answer({"id": product["id"]})

    @route("PUT", "/v1/products/{id}")
    def change_product(self, request: Request, id: str) -> Response:
        caller = self._allowed(request, "update")
        if not caller.tenant.get("product", id):
            raise refusals.missing("product")
        product = self._checked(caller, self.body(request), int(id))
        caller.tenant.put("product", product)
        return answer({"id": product["id"]})

    @route("GET", "/v1/currencies")
    def currencies(self, request: Request) -> Response:
        """The master list, or the ids asked for out of master list and the tenant's own."""
        tenant = self.caller(request).tenant
        wanted = set(request.GET.getall("id"))
        own = [
            {name: one[name] for name in ("id", "name", "displayName")} for one in tenant.all("currency")
        ]
        known = {one["id"]: one for one in (*_MASTER, *own)} if wanted else {}
        return answer([known[id] for id in sorted(known) if str(id) in wanted] if wanted else _MASTER)

    @route("GET", "/v1/forex/currencies")
    def own_currencies(self, request: Request) -> Response:
        """The currencies in which this tenant works; some have ids that nobody else has."""
        return answer(self.caller(request).tenant.all("currency"))

    @route("GET", "/v1/picklists/standard")
    def picklists(self, request: Request) -> Response:
        self.caller(request)
        return answer(
            {"CURRENCY": _MASTER, "COUNTRY": [{"id": 1, "name": "IN", "displayName": "India"}]}
        )

    def _allowed(self, request: Request, action: str) -> Caller:
        caller = self.caller(request)
        if not caller.may("products-services", action):
            raise refusals.java(403, "00902001", "You don't have permission for this operation")
        return caller

    def _checked(self, caller: Caller, body: Doc, id: int) -> Doc:
        """A product out of what was sent. Raises Refused with 400 where it can't be one."""
        price = body.get("price")
        if not body.get("name") or not isinstance(price, dict) or "value" not in price:
            raise refusals.invalid("Product name and price are required.", "00902400")
        same = caller.tenant.all("product", lambda one: one["name"] == body["name"] and one["id"] != id)
        if same:
            raise refusals.invalid("Product and Service with this name already exists", "00902409")
        currency = price.get("currencyId") or (price.get("currency") or {}).get("id")
        return {
            "id": id,
            "name": body["name"],
            "description": body.get("description"),
            "price": {"currencyId": currency, "value": float(price["value"])},
            "isActive": bool(body.get("isActive", True)),
            "hsnSacCode": body.get("hsnSacCode"),
            "category": body.get("category"),
            "units": body.get("units") or [],
            "countryOfOrigin": body.get("countryOfOrigin"),
            "customFieldValues": body.get("customFieldValues") or {},
            "updatedAt": millis_time(self.clock()),
        }
