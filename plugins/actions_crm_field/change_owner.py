"""The action "change_owner"."""

from core.api.actions import (
    EVENTS,
    Choice,
    DefaultRule,
    DomainEvent,
    Outcome,
    Planned,
    Problem,
    Skipped,
    kind_word,
)
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from core.api.text import N_, _
from plugins.actions_crm_field.settings import ChangeOwnerConfig
from plugins.actions_crm_field.shared import (
    SAME,
    kinds,
    no_such_kind,
    other_kind,
    told,
    user_left,
    users,
)


class ChangeOwner:
    """Give the record to somebody, when the rule is for its kind of record."""

    id = "change_owner"
    name = N_("Change the owner")
    Config = ChangeOwnerConfig
    triggers = EVENTS
    needs = ("crm_connector:set_owner", "crm_connector:list_users")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, query: str) -> list[Choice]:
        if field == "record_kind":
            return kinds(ctx)
        return users(ctx, query) if field == "user_id" else []

    @hookimpl
    def check(self, ctx: ActionContext, config: ChangeOwnerConfig) -> list[Problem]:
        if config.record_kind not in ctx.record_kinds:
            return [no_such_kind(config.record_kind)]
        return user_left(ctx, config.user_id)

    @hookimpl
    def summary(self, config: ChangeOwnerConfig) -> str:
        return _(
            "Give the %(kind)s to %(user)s.", kind=kind_word(config.record_kind), user=_name(config)
        )

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: ChangeOwnerConfig) -> Outcome:
        if event.record.kind != config.record_kind:
            return other_kind(event, config.record_kind)
        assert ctx.once

        def give() -> str:
            change = ctx.crm.set_owner(event.record, config.user_id)
            if not change.changed:
                return SAME + _("was with %(user)s already", user=change.after.name)
            if change.before is None:
                return _("Given to %(user)s", user=change.after.name)
            return _(
                "Given from %(before)s to %(user)s", before=change.before.name, user=change.after.name
            )

        def given() -> str | None:
            """After a lost answer the record itself says whose it is."""
            owner = ctx.crm.fetch_record(event.record).owner
            if owner is None or owner.id != config.user_id:
                return None
            return _("Given to %(user)s", user=owner.name)

        return told(ctx.once("owner", give, find=given))

    @hookimpl
    def preview(
        self, ctx: ActionContext, event: DomainEvent, config: ChangeOwnerConfig
    ) -> list[Planned] | Skipped:
        if event.record.kind != config.record_kind:
            return other_kind(event, config.record_kind)
        owner = ctx.crm.fetch_record(event.record).owner
        if owner and owner.id == config.user_id:
            return Skipped(_("was with %(user)s already", user=owner.name))
        names = {
            "kind": kind_word(event.record.kind),
            "title": event.record_title,
            "user": _name(config),
        }
        if owner is None:
            return [Planned(_("Give the %(kind)s “%(title)s” to %(user)s.", **names))]
        what = _(
            "Give the %(kind)s “%(title)s”, which is %(before)s's, to %(user)s.",
            before=owner.name,
            **names,
        )
        return [Planned(what)]


def _name(config: ChangeOwnerConfig) -> str:
    return config.user_name or _("user %(id)s", id=config.user_id)
