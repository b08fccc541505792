"""The three ports: what the core says to a provider, a CRM or an action, in typed words.

A port is one entry of the registry together with the context of one job.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from core.api.context import Context
from core.api.hookspecs import ActionVerbs, CrmConnectorVerbs, PaymentProviderVerbs
from core.api.payments import LinkOptions

P = ParamSpec("P")
R = TypeVar("R")


class Answers(Protocol):
    """Whom a port asks: an entry of the registry. ``capabilities`` are the verbs it answers."""

    capabilities: frozenset[str]

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Any: ...


class Connector(Answers, Protocol):
    """A CRM connector, as far as its port needs to know it."""

    record_kinds: tuple[str, ...]


class Port:
    """The verbs of an entry without their ``ctx``. They raise a DealpayError and nothing else."""

    def __init__(self, entry: Answers, ctx: Context):
        self.entry, self.ctx = entry, ctx


def verb(spec: Callable[Concatenate[Any, Any, P], R]) -> Callable[Concatenate[Port, P], R]:
    """A method with the signature of a hookspec, less its ``ctx``: for readers and for mypy."""
    signature = inspect.signature(spec)

    @functools.wraps(spec)
    def method(port: Port, /, *args: P.args, **kwargs: P.kwargs) -> R:
        arguments = signature.bind(None, port.ctx, *args, **kwargs).arguments
        del arguments["self"]
        answer: R = port.entry.call(spec.__name__, arguments)
        return answer

    return method


class Provider(Answers, Protocol):
    """A payment provider, as far as its port needs to know it."""

    name: str
    link_options: LinkOptions


class PaymentPort(Port):
    """One payment account at one provider."""

    def __init__(self, entry: Provider, ctx: Context):
        super().__init__(entry, ctx)
        #: Whom the account is at, and what links can be asked for there.
        self.provider, self.link_options = entry.name, entry.link_options

    validate_credentials = verb(PaymentProviderVerbs.validate_credentials)
    create_link = verb(PaymentProviderVerbs.create_link)
    deactivate_link = verb(PaymentProviderVerbs.deactivate_link)
    notify = verb(PaymentProviderVerbs.notify)
    link_url = verb(PaymentProviderVerbs.link_url)
    fetch_status = verb(PaymentProviderVerbs.fetch_status)
    parse_webhook = verb(PaymentProviderVerbs.parse_webhook)
    list_events = verb(PaymentProviderVerbs.list_events)
    find_link = verb(PaymentProviderVerbs.find_link)
    ensure_webhook = verb(PaymentProviderVerbs.ensure_webhook)
    renew_webhook = verb(PaymentProviderVerbs.renew_webhook)
    list_webhooks = verb(PaymentProviderVerbs.list_webhooks)
    account_url = verb(PaymentProviderVerbs.account_url)
    list_products = verb(PaymentProviderVerbs.list_products)
    ensure_unit_product = verb(PaymentProviderVerbs.ensure_unit_product)


class CrmPort(Port):
    """One tenant's CRM. It is what an action reaches as ``ctx.crm``, too."""

    def __init__(self, entry: Connector, ctx: Context):
        super().__init__(entry, ctx)
        #: The kinds of record that payment links can be made on.
        self.record_kinds = entry.record_kinds

    validate_credentials = verb(CrmConnectorVerbs.validate_credentials)
    fetch_record = verb(CrmConnectorVerbs.fetch_record)
    list_pipelines = verb(CrmConnectorVerbs.list_pipelines)
    move_stage = verb(CrmConnectorVerbs.move_stage)
    add_note = verb(CrmConnectorVerbs.add_note)
    find_note = verb(CrmConnectorVerbs.find_note)
    list_users = verb(CrmConnectorVerbs.list_users)
    get_user = verb(CrmConnectorVerbs.get_user)
    list_fields = verb(CrmConnectorVerbs.list_fields)
    set_field = verb(CrmConnectorVerbs.set_field)
    set_owner = verb(CrmConnectorVerbs.set_owner)
    create_task = verb(CrmConnectorVerbs.create_task)
    find_task = verb(CrmConnectorVerbs.find_task)
    authorize_url = verb(CrmConnectorVerbs.authorize_url)
    exchange_code = verb(CrmConnectorVerbs.exchange_code)
    refresh_auth = verb(CrmConnectorVerbs.refresh_auth)


class ActionPort(Port):
    """One action, in one tenant's CRM."""

    choices = verb(ActionVerbs.choices)
    check = verb(ActionVerbs.check)
    run = verb(ActionVerbs.run)
    preview = verb(ActionVerbs.preview)
