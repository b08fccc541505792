"""The hooks of the host. A plugin implements those it needs with ``@hookimpl``.

Register hooks are asked once at start; events and slots while the app runs, of each plugin alone.
The verbs of the three ports live on the objects that the register hooks return; the core addresses
one of them by its id and never broadcasts. A plugin's capabilities are the verbs it implements;
those marked *must* are checked at load.
"""

# A hookspec is a signature and a docstring; it has no body.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from datetime import datetime

    from pyramid.config import Configurator

    from core.api import actions, context, payments, records, settings, slots

PROJECT = "dealpay"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
verb = hookspec(firstresult=True)


class HostHooks:
    """What a plugin module may implement."""

    @hookspec
    def register_payment_providers(self) -> list[Any]:
        """Payment providers: objects with ``id``, ``name``, ``Settings``, ``currencies``,
        ``event_types`` and the verbs below; where they like, ``link_options``: what a link can be
        asked for beside its amount; and ``permissions``: what a key needs that may be restricted."""

    @hookspec
    def register_crm_connectors(self) -> list[Any]:
        """CRM connectors: objects with ``id``, ``name``, ``Settings``, ``record_kinds``,
        ``frame_origins``, ``permissions`` and the verbs below."""

    @hookspec
    def register_actions(self) -> list[Any]:
        """Post-payment actions: objects with ``id``, ``name``, ``triggers``, ``Config``,
        ``needs``, ``default_rules`` and the verbs below; where it likes, ``drafts``: what the form
        of a new rule holds at first, by event."""

    @hookspec
    def configure_web(self, config: Configurator) -> None:
        """Add routes and views under ``/x/<plugin id>/``: a plugin's includeme."""

    @hookspec
    def on_event(self, ctx: context.EventContext, event: actions.DomainEvent) -> None:
        """Something has happened in a workspace that has the plugin on: a link was made, a payment came.

        It is told after the commit, by a job of its own for each plugin, in the order of the events of
        one record; again, with the same ``ctx.notice_id``, until it returns; and for 30 seconds at most.
        """

    @hookspec
    def on_enabled(self, ctx: context.EventContext) -> None:
        """A workspace has switched the plugin on again. It is told as events are."""

    @hookspec
    def on_disabled(self, ctx: context.EventContext) -> None:
        """A workspace has switched the plugin off. It is told as events are."""

    @hookspec
    def ui_slots(
        self, ctx: context.SlotContext, slot: slots.Slot, subject: slots.Subject
    ) -> list[slots.SlotItem]:
        """What the plugin has to show in ``slot``: data that the core renders, or an empty list.

        A page waits half a second for it, and is shown without where it takes longer or fails.
        """


class PaymentProviderVerbs:
    """A payment provider. ``currencies`` and ``event_types`` are data beside the verbs, and where it
    likes ``link_options`` and ``permissions``."""

    MUST = ("validate_credentials", "create_link", "fetch_status", "parse_webhook")
    WRITES = (
        "create_link",
        "deactivate_link",
        "notify",
        "ensure_webhook",
        "renew_webhook",
        "ensure_unit_product",
    )

    @verb
    def validate_credentials(self, ctx: context.ProviderContext[Any]) -> payments.Account:
        """The account the settings open. Raises CredentialsError naming the field."""

    @verb
    def create_link(
        self, ctx: context.ProviderContext[Any], request: payments.LinkRequest
    ) -> payments.Link:
        """Make a link under ``ctx.idempotency_key``, with ``request.link_id`` in its metadata."""

    @verb
    def deactivate_link(self, ctx: context.ProviderContext[Any], ref: str) -> payments.LinkStatus:
        """Take no more payments on a link. Twice is fine."""

    @verb
    def notify(self, ctx: context.ProviderContext[Any], ref: str, channel: payments.Channel) -> None:
        """Have the provider send an open link to its payer once more, by a channel that it declares.

        It is asked once: after a lost reply (OutcomeUnknown) the host doesn't try again by itself, for
        that might write twice. Raises Rejected where the link has no address or number to write to.
        """

    @verb
    def link_url(self, ctx: context.ProviderContext[Any], ref: str) -> str:
        """Where the seller looks at a link in the provider's own dashboard; it calls nobody."""

    @verb
    def fetch_status(self, ctx: context.ProviderContext[Any], ref: str) -> payments.LinkStatus:
        """The truth about a link and all its payments."""

    @verb
    def parse_webhook(
        self, ctx: context.ProviderContext[Any], delivery: payments.Delivery
    ) -> list[payments.ProviderEvent]:
        """Verify, then translate. Raises InvalidSignature; never answers with a bool."""

    @verb
    def list_events(
        self, ctx: context.ProviderContext[Any], since: datetime, page: str | None
    ) -> payments.EventPage:
        """What happened from ``since`` on, newest first: the same events as the webhooks bring.

        It reads what an outage may have lost, so ``since`` may lie 30 days back; a provider that
        remembers less tells what it has.
        """

    @verb
    def find_link(
        self, ctx: context.ProviderContext[Any], link_id: str, since: datetime
    ) -> payments.Link | None:
        """The link made from ``since`` on that carries our ``link_id``, if there is one.

        It is asked when nobody knows whether ``create_link`` reached the provider.
        """

    @verb
    def ensure_webhook(
        self, ctx: context.ProviderContext[Any], url: str, ref: str | None
    ) -> payments.WebhookInfo:
        """Find or make our endpoint for ``url``; its secret where it was made now.

        ``ref`` is the endpoint as it was known before, if it was. That one is ours still where it leads
        to another host by now, and so is any whose path is that of ``url``, which nobody can guess: it
        is led to ``url``, and no second one is made. Raises Rejected ``endpoint_limit`` where the
        account may have no more endpoints.
        """

    @verb
    def renew_webhook(
        self, ctx: context.ProviderContext[Any], url: str, ref: str | None
    ) -> payments.WebhookInfo:
        """Give our endpoint for ``url`` a new signing secret, which is in the answer.

        Where the provider can't do that to an endpoint, a new one takes the place of ``ref``. What the
        old secret has signed may still be on its way: the host accepts either for some days.
        """

    @verb
    def list_webhooks(self, ctx: context.ProviderContext[Any]) -> list[payments.WebhookEndpoint]:
        """All webhook endpoints of the account: ours is looked at, and the others are counted."""

    @verb
    def account_url(self, ctx: context.ProviderContext[Any]) -> str:
        """The https address of the account in the provider's own dashboard. No call."""

    @verb
    def list_products(
        self, ctx: context.ProviderContext[Any], query: str, page: str | None
    ) -> payments.ProductPage:
        """Products that can be charged in the account's currency, the unit product first."""

    @verb
    def ensure_unit_product(self, ctx: context.ProviderContext[Any]) -> payments.Product:
        """The product of price 1 in the account's currency: found again, or made."""


class CrmConnectorVerbs:
    """A CRM connector."""

    MUST = ("validate_credentials", "identify", "fetch_record")
    WRITES = (
        "move_stage",
        "add_note",
        "set_field",
        "set_owner",
        "create_task",
        "exchange_code",
        "refresh_auth",
    )

    @verb
    def validate_credentials(self, ctx: context.CrmContext[Any]) -> records.CrmAccount:
        """The CRM tenant the settings open. Raises CredentialsError naming the field."""

    @verb
    def identify(self, launch: records.Launch) -> records.Identity:
        """What the frame's parameters claim; no call to the CRM, no proof."""

    @verb
    def fetch_record(self, ctx: context.CrmContext[Any], ref: records.RecordRef) -> records.Record:
        """The record now. Raises NotFound when it is gone or another tenant's."""

    @verb
    def list_pipelines(self, ctx: context.CrmContext[Any], kind: str) -> list[records.Pipeline]:
        """The active pipelines of one record kind, with their stages."""

    @verb
    def move_stage(
        self,
        ctx: context.CrmContext[Any],
        ref: records.RecordRef,
        pipeline_id: str,
        stage_id: str,
        reason: str | None,
    ) -> records.StageChange:
        """Bring the record to a stage; where it stands there already, change nothing.

        Raises Rejected: ``stage_not_found``; ``other_pipeline``, as a record stays in its own;
        ``reason_required`` or ``reason_unknown`` for a stage that asks for a reason.
        """

    @verb
    def add_note(
        self, ctx: context.CrmContext[Any], ref: records.RecordRef, text: str, marker: str
    ) -> records.NoteRef:
        """Write a note of plain ``text`` that ``find_note`` finds again by ``marker``."""

    @verb
    def find_note(
        self, ctx: context.CrmContext[Any], ref: records.RecordRef, marker: str
    ) -> records.NoteRef | None:
        """The note written with ``marker``, if there is one."""

    @verb
    def list_users(self, ctx: context.CrmContext[Any], query: str) -> list[records.CrmUser]:
        """Users of the CRM whose name matches ``query``; all of them for an empty one.

        For a name, the first hundred are enough, and a CRM that looks for names itself is asked to: it
        may have many thousands.
        """

    @verb
    def get_user(self, ctx: context.CrmContext[Any], user_id: str) -> records.CrmUser | None:
        """One user of the CRM as it knows them now, a deactivated one too; None for an unknown id."""

    @verb
    def list_fields(self, ctx: context.CrmContext[Any], kind: str) -> list[records.Field]:
        """The fields of one record kind that hold one of the types of ``FieldType``, each by the id
        that ``set_field`` takes; those that can't be written, too."""

    @verb
    def set_field(
        self, ctx: context.CrmContext[Any], ref: records.RecordRef, field_id: str, value: str
    ) -> records.FieldChange:
        """Write ``value``, in the words of ``FieldType``, into a field and nothing into any other;
        where it holds that already, change nothing.

        Raises Rejected: ``field_not_found``; ``field_read_only`` for one that isn't writable;
        ``value_refused`` for a value that isn't of the field's type or none of its choices, and for
        an empty one.
        """

    @verb
    def set_owner(
        self, ctx: context.CrmContext[Any], ref: records.RecordRef, user_id: str
    ) -> records.OwnerChange:
        """Give the record to a user of the CRM; where it is theirs already, change nothing.

        Raises Rejected: ``user_not_found``, for one who has left, too; ``owner_fixed`` where the CRM
        lets nobody change the owner of this kind of record.
        """

    @verb
    def create_task(
        self,
        ctx: context.CrmContext[Any],
        ref: records.RecordRef,
        task: records.TaskDraft,
        marker: str,
    ) -> records.TaskRef:
        """Make a task on the record that ``find_task`` finds again by ``marker``.

        Raises Rejected: ``user_not_found`` for an assignee whom the CRM doesn't know.
        """

    @verb
    def find_task(
        self, ctx: context.CrmContext[Any], ref: records.RecordRef, marker: str
    ) -> records.TaskRef | None:
        """The task made with ``marker``, if there is one, done or not."""

    @verb
    def authorize_url(self, ctx: context.CrmContext[Any], state: str, redirect_uri: str) -> str:
        """Where somebody is asked to give the app access; from there the CRM leads to ``redirect_uri``
        with ``code`` and ``state``, or with ``error``. No call; ``ctx.settings`` is None.

        A connector that offers it has ``exchange_code``, ``refresh_auth`` and ``GrantSettings``, the
        model of its tokens, too, and the options ``client_id`` and ``client_secret``, which the
        operator gets for the app from the CRM.
        """

    @verb
    def exchange_code(self, ctx: context.CrmContext[Any], code: str, redirect_uri: str) -> records.Grant:
        """The access behind ``code``, which works once; ``ctx.settings`` is None.

        From here on ``ctx.settings`` is of ``Settings`` or of ``GrantSettings`` in every verb. Raises
        CredentialsError for a code that is unknown, used or too old.
        """

    @verb
    def refresh_auth(self, ctx: context.CrmContext[Any]) -> records.Grant:
        """New access for ``ctx.settings``, which are of ``GrantSettings``.

        Raises CredentialsError where the app was uninstalled or its access taken back, OutcomeUnknown
        where the answer was lost: a refresh token that works once may be used up by then.
        """


class ActionVerbs:
    """A post-payment action; ``config`` is an instance of its ``Config``."""

    MUST = ("summary", "run")
    WRITES = ("run",)

    @verb
    def choices(
        self, ctx: context.ActionContext, field: str, draft: dict[str, str], query: str
    ) -> list[actions.Choice]:
        """The options of a field marked ``choices``, given what else the form holds so far."""

    @verb
    def check(self, ctx: context.ActionContext, config: settings.Settings) -> list[actions.Problem]:
        """What is wrong with a configuration in the CRM as it is now."""

    @verb
    def summary(self, config: settings.Settings) -> str:
        """One sentence: what this action does."""

    @verb
    def run(
        self, ctx: context.ActionContext, event: actions.DomainEvent, config: settings.Settings
    ) -> actions.Outcome:
        """Do it, once: each step that writes goes through ``ctx.once``.

        A Rejected that says what the rule names is gone or may not be written (``stage_not_found``,
        ``field_not_found``, ``user_not_found``, ``reason_required`` …) pauses the rule until somebody
        saves it again: let it through.
        """

    @verb
    def preview(
        self, ctx: context.ActionContext, event: actions.DomainEvent, config: settings.Settings
    ) -> list[actions.Planned] | actions.Skipped:
        """What ``run`` would write for ``event``, in its order, or why it would do nothing.

        It may read the CRM. Verbs that write, ``ctx.once`` and ``ctx.http`` refuse, and there is no
        ``ctx.run_id``. Somebody looks at it before a rule is saved, with what is in the form.
        """
