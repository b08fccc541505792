"""The providers, connectors and actions of the registry, each by its id.

Each is the only member of a PluginManager of its own, which knows the verbs of its kind: exactly
one answers a call, never a broadcast.
"""

import functools
from collections.abc import Mapping
from typing import Any, ClassVar

from pluggy import PluginManager
from pydantic import ValidationError

from core.api.actions import DefaultRule
from core.api.context import ActionContext, Crm, CrmContext, Once, ProviderContext
from core.api.errors import Unsupported
from core.api.hookspecs import PROJECT
from core.api.payments import Account, LinkOptions
from core.api.records import Identity, Launch, Permission
from core.api.settings import Settings
from core.api.text import _
from core.plugin_host.calls import call, verbs_of
from core.plugin_host.context import DEFAULT_TIMEOUT, Toolbox
from core.plugin_host.errors import PluginRefused
from core.plugin_host.hooks import attach
from core.plugin_host.kinds import DATA, VERBS, ConnectorData, Kind, ProviderData, is_need
from core.plugin_host.ports import ActionPort, CrmPort, PaymentPort
from core.plugin_host.ratelimit import PATIENCE_OF_JOBS
from core.plugin_host.shapes import mismatch

_OAUTH = frozenset({"authorize_url", "exchange_code", "refresh_auth"})


class Entry:
    """A provider, connector or action as the registry keeps it.

    ``capabilities`` are the verbs it implements. Raises PluginRefused where data or verbs are
    missing or wrong.
    """

    kind: ClassVar[Kind]

    def __init__(self, member: Any, tools: Toolbox):
        self._member, self._tools = member, tools
        self.plugin_id = tools.plugin_id
        self.id = self._data("id")
        self.name = self._data("name")
        for name in DATA[self.kind].__annotations__:
            if hasattr(member, name) or not hasattr(DATA[self.kind], name):
                self._data(name)
        self._manager = PluginManager(PROJECT)
        self._manager.add_hookspecs(VERBS[self.kind])
        try:
            self.capabilities = attach(self._manager, VERBS[self.kind], member, self.id)
        except PluginRefused as error:
            raise PluginRefused(f"{self.kind.words} {self.id}: {error}") from error
        if missing := [verb for verb in VERBS[self.kind].MUST if verb not in self.capabilities]:
            raise PluginRefused(
                f"{self.kind.words} {self.id} lacks {', '.join(missing)}: each must be there"
            )

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Call a verb by name. Raises a DealpayError and nothing else."""
        if verb not in self.capabilities:
            raise Unsupported(
                _("%(name)s doesn't offer %(verb)s. Nothing was done.", name=self.name, verb=verb)
            )
        hook = getattr(self._manager.hook, verb)
        spec = verbs_of(self.kind)[verb]
        do = functools.partial(hook, **arguments)
        return call(self.plugin_id, self.id, spec, do, arguments, self._tools.trace)

    def __repr__(self) -> str:
        return f"<{self.kind.words} {self.id} of {self.plugin_id}>"

    def _data(self, name: str) -> Any:
        what = f"{self.kind.words} {type(self._member).__name__}"
        if not hasattr(self._member, name):
            raise PluginRefused(f"{what} has no {name}: write it as a class attribute")
        value = getattr(self._member, name)
        if problem := mismatch(value, DATA[self.kind].__annotations__[name], name):
            raise PluginRefused(f"{what}: {problem}")
        return value

    def _checked(
        self, settings: Settings, models: type[Settings] | tuple[type[Settings] | None, ...]
    ) -> Settings:
        known = tuple(one for one in (models if isinstance(models, tuple) else (models,)) if one)
        if not isinstance(settings, known):
            names = " or ".join(one.__name__ for one in known)
            raise TypeError(f"{self!r} takes a {names}, not a {type(settings).__name__}")
        return settings


class ProviderEntry(Entry):
    """A payment provider."""

    kind = Kind.PAYMENT_PROVIDER

    def __init__(self, member: Any, tools: Toolbox):
        super().__init__(member, tools)
        self.Settings: type[Settings] = member.Settings
        self.currencies: frozenset[str] = member.currencies
        self.event_types: tuple[str, ...] = member.event_types
        # Plugins written before there were options have none, and are asked for none.
        self.link_options: LinkOptions = getattr(member, "link_options", ProviderData.link_options)
        self.permissions: tuple[Permission, ...] = getattr(
            member, "permissions", ProviderData.permissions
        )

    def context(
        self,
        settings: Settings,
        *,
        account: Account | None = None,
        idempotency_key: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> ProviderContext[Any]:
        """The context of one job with one account."""
        return ProviderContext(
            settings=self._checked(settings, self.Settings),
            account=account,
            idempotency_key=idempotency_key,
            timeout=timeout,
            **self._tools.common(timeout),
        )

    def bind(self, ctx: ProviderContext[Any]) -> PaymentPort:
        return PaymentPort(self, ctx)


class ConnectorEntry(Entry):
    """A CRM connector."""

    kind = Kind.CRM_CONNECTOR

    def __init__(self, member: Any, tools: Toolbox):
        super().__init__(member, tools)
        self.Settings: type[Settings] = member.Settings
        self.record_kinds: tuple[str, ...] = member.record_kinds
        self.permissions: tuple[Permission, ...] = member.permissions
        self.GrantSettings: type[Settings] | None = getattr(member, "GrantSettings", None)
        self.names_user: bool = getattr(member, "names_user", ConnectorData.names_user)
        some = self.capabilities & _OAUTH
        if (some or self.GrantSettings) and not (some == _OAUTH and self.GrantSettings):
            raise PluginRefused(
                f"CRM connector {self.id} offers a part of OAuth: it takes {', '.join(sorted(_OAUTH))} "
                "and GrantSettings"
            )
        asked = tools.options.get("frame_origins", "").split()
        self.frame_origins: tuple[str, ...] = tuple(asked) or member.frame_origins

    @property
    def installs(self) -> bool:
        """Whether people may connect it by giving access to the operator's app."""
        options = self._tools.options
        return bool(self.GrantSettings and options.get("client_id") and options.get("client_secret"))

    @property
    def signs_in(self) -> bool:
        """Whether it can say who somebody is who gives access to it."""
        return self.installs and self.names_user

    def context(
        self, settings: Settings | None, *, in_job: bool = False, timeout: float = DEFAULT_TIMEOUT
    ) -> CrmContext[Any]:
        """The context of one piece of work with one tenant's CRM; ``settings`` None before there is one.

        ``in_job`` is for work that may as well be done later: it doesn't hold a thread only to wait
        for the rate limit.
        """
        patience = PATIENCE_OF_JOBS if in_job else None
        return CrmContext(
            settings=settings and self._checked(settings, (self.Settings, self.GrantSettings)),
            token_bucket=functools.partial(self._tools.token_bucket, patience=patience),
            timeout=timeout,
            **self._tools.common(timeout),
        )

    def bind(self, ctx: CrmContext[Any]) -> CrmPort:
        return CrmPort(self, ctx)

    def identify(self, launch: Launch) -> Identity:
        """Who a launch claims to be, before a tenant is known: hints, never proof."""
        identity: Identity = self.call("identify", {"launch": launch})
        return identity


class ActionEntry(Entry):
    """A post-payment action."""

    kind = Kind.ACTION

    def __init__(self, member: Any, tools: Toolbox):
        super().__init__(member, tools)
        self.Config: type[Settings] = member.Config
        self.triggers: tuple[str, ...] = member.triggers
        self.needs: tuple[str, ...] = member.needs
        self.default_rules: tuple[DefaultRule, ...] = member.default_rules
        # What the form of a new rule holds at first, by event; an action may do without.
        self.drafts: Mapping[str, Mapping[str, Any]] = getattr(member, "drafts", {})
        for need in self.needs:
            if not is_need(need):
                raise PluginRefused(f"action {self.id} needs {need}, which no kind of plugin offers")
        for rule in self.default_rules:
            self._check_rule(rule)

    def context(
        self,
        crm: Crm,
        *,
        record_kinds: tuple[str, ...] = (),
        once: Once | None = None,
        run_id: str | None = None,
    ) -> ActionContext:
        """The context of one run, or of one look at the rule's form."""
        return ActionContext(
            crm=crm, record_kinds=record_kinds, once=once, run_id=run_id, **self._tools.common()
        )

    def bind(self, ctx: ActionContext) -> ActionPort:
        return ActionPort(self, ctx)

    def summary(self, config: Settings) -> str:
        """One sentence: what a rule with this configuration does."""
        sentence: str = self.call("summary", {"config": self._checked(config, self.Config)})
        return sentence

    def _check_rule(self, rule: DefaultRule) -> None:
        what = f"action {self.id}: the default rule {rule.name}"
        if rule.event not in self.triggers:
            raise PluginRefused(f"{what} waits for {rule.event}, which is none of its triggers")
        try:
            self.Config.model_validate(dict(rule.config))
        except ValidationError as error:
            raise PluginRefused(f"{what} has a config that {self.Config.__name__} refuses") from error


ENTRIES: dict[Kind, type[ProviderEntry] | type[ConnectorEntry] | type[ActionEntry]] = {
    Kind.PAYMENT_PROVIDER: ProviderEntry,
    Kind.CRM_CONNECTOR: ConnectorEntry,
    Kind.ACTION: ActionEntry,
}
