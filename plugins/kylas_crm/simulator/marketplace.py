"""The marketplace, the installed apps and the API keys."""

import uuid
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import route
from core.testing.store import Doc
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.oauth import OAuth
from plugins.kylas_crm.simulator.pages import Pages
from plugins.kylas_crm.simulator.permissions import ASKED


class Marketplace(Pages, OAuth):
    """One app is for sale: Dealpay."""

    def install(self, tenant_id: int, user_id: int) -> None:
        """Each user installs an app for themselves."""
        self.tenant(tenant_id).put("installed", {"userId": user_id}, user_id)

    def installed(self, person: Caller) -> bool:
        return person.tenant.get("installed", person.id) is not None

    @route("GET", "/marketplace")
    @route("GET", "/marketplace/apps/dealpay")
    @route("GET", "/marketplace/apps/dealpay/install")
    def marketplace(self, request: Request) -> Response:
        """The catalogue, the app's own page, and the permissions before they are given."""
        person = self.person(request)
        place = request.path_info.rstrip("/").rpartition("/")[2]
        template = {"marketplace": "marketplace", "dealpay": "app", "install": "permissions"}[place]
        return self.page(
            request,
            f"{template}.jinja2",
            person,
            title="Marketplace",
            installed=self.installed(person),
            asked=ASKED,
        )

    @route("POST", "/marketplace/apps/dealpay/install")
    def allow(self, request: Request) -> Response:
        """Install, and send the browser to the app with a code: there is no state parameter."""
        person = self.person(request)
        self.install(person.tenant.id, person.id)
        code = self.issue_code(person.tenant.id, person.id)
        return Response(status=303, location=f"{self.callback_url}?{urlencode({'code': code})}")

    @route("POST", "/marketplace/apps/dealpay/uninstall")
    def uninstall(self, request: Request) -> Response:
        """The tokens end; the app isn't told, as far as anyone knows."""
        person = self.person(request)
        person.tenant.delete("installed", person.id)
        self.revoke(person.tenant.id, person.id)
        return Response(status=303, location=f"{self.base_url}/marketplace/installed")

    @route("GET", "/marketplace/installed")
    def installed_apps(self, request: Request) -> Response:
        person = self.person(request)
        return self.page(
            request,
            "installed.jinja2",
            person,
            title="Installed apps",
            installed=self.installed(person),
        )

    @route("GET", "/marketplace/installed/dealpay")
    def app_in_frame(self, request: Request) -> Response:
        """The whole app, in a frame that fills the page."""
        person = self.person(request)
        if not self.installed(person):
            return self.missing_page(request, person)
        return self.page(
            request, "frame.jinja2", person, title="Dealpay", frame=self.frame_url(person, "")
        )

    @route("GET", "/setup/integrations/api-keys/list")
    def api_keys(self, request: Request) -> Response:
        """The tenant's key, for admins to see."""
        person = self.person(request)
        keys = self._keys(person) if person.is_admin else []
        return self.page(
            request,
            "api_keys.jinja2",
            person,
            title="API keys",
            keys=keys,
        )

    @route("POST", "/setup/integrations/api-keys/list")
    def new_api_key(self, request: Request) -> Response:
        """Another key in place of the old one, which stops working at once."""
        person = self.person(request)
        if person.is_admin:
            for key in self._keys(person):
                self.store.delete("api_key", key)
            owner: Doc = {"tenantId": person.tenant.id, "userId": person.id}
            owner["key"] = f"{uuid.uuid4()}:{person.id}"
            self.store.put("api_key", owner["key"], owner)
        return Response(status=303, location=f"{self.base_url}{request.path_info}")

    def _keys(self, person: Caller) -> list[str]:
        mine = self.store.all("api_key", lambda one: one["tenantId"] == person.tenant.id)
        return [one["key"] for one in mine]
