"""The form that makes a payment link, wherever it stands: in the CRM's frame, or in the app itself."""

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.records import RecordRef
from core.api.text import _, show
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import service
from core.links.forms import LinkEditor
from core.links.models import PAYABLE
from core.links.views.access import owns, sees_all
from core.links.views.obstacles import Obstacle, not_theirs, switched_off, unread
from core.people import service as people
from core.people.roles import Permission
from core.tenants import service as tenants
from core.web.replies import again, problem_of


def editor_of(request: Request, ref: RecordRef, typed: Mapping[str, str]) -> LinkEditor:
    """The form on a record. Raises Obstacle where the member can make no link there."""
    accounts = _usable_accounts(request)
    try:
        editor = LinkEditor(request.app, request.identity, ref, accounts, typed)
    except DealpayError as error:
        raise unread(error, _("No link was made.")) from error
    if not sees_all(request) and not owns(request, editor.record):
        raise not_theirs(request)
    return editor


def form_values(request: Request, crm: str, editor: LinkEditor) -> dict[str, Any]:
    """What the form's template shows beside the editor: the record's other links."""
    ref = editor.record.ref
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        of = crm, ref.kind, ref.id
        still_open = service.links_of_record(session, *of, states=PAYABLE)
        names = people.names_of(session, [link.created_by for link in still_open])
        left = editor.left(service.sums_of_record(session, *of).totals)
    return {"editor": editor, "still_open": still_open, "names": names, "left": left}


def answer(
    request: Request, crm: str, editor: LinkEditor, around: Mapping[str, Any], made: Callable[[str], Any]
) -> Any:
    """The answer to the form: itself again where other choices are wanted or something is wrong, or what
    ``made`` makes of the new link's id. ``around`` is what the page shows beside the form."""
    choosing = request.POST.get("step") == "choices"
    if choosing:
        editor.read(request.POST)
    elif link_id := _make(request, crm, editor):
        return made(link_id)
    values = {**form_values(request, crm, editor), **around}
    return values if choosing else again(request, values)


def _make(request: Request, crm: str, editor: LinkEditor) -> str | None:
    """Make what was asked for; the link's id, or None where the form now says what is wrong."""
    chosen = editor.validate(request.POST)
    if chosen is None:
        return None
    try:
        made = service.create(request.app, request.identity, editor.new_link(crm, chosen))
    except DealpayError as error:
        editor.form.fail(problem_of(error))
        return None
    if made.outcome == "failed":
        editor.form.fail(show(made.reason or "") or _("No link was made. Try again."))
        editor.fresh_key()
        return None
    return made.link_id


def _usable_accounts(request: Request) -> list[PaymentAccount]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        accounts = [one for one in connections.list_accounts(session) if one.active]
        off = tenants.plugins_off(request.app, session)
    known = request.app.plugins.payment_providers
    there = [one for one in accounts if one.provider in known]
    if usable := [one for one in there if known[one.provider].plugin_id not in off]:
        return usable
    if there:
        name = known[there[0].provider].name
        raise switched_off(name, _("No link was made; links that were made before are still served."))
    raise Obstacle(
        _("No account is connected"),
        _("Payment links need an active account at a payment provider."),
        remedy=(_("Connected accounts"), "/accounts"),
        permission=Permission.ACCOUNTS_MANAGE,
    )
