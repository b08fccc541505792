"""The form of a rule: when, then, and what the chosen action asks for."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import SecretStr

from core.api.actions import Choice
from core.api.errors import DealpayError
from core.api.settings import Settings, secret_fields, setting
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.db.sealing import SealBroken
from core.plugin_host.ports import CrmPort
from core.rules import choices, configs, service
from core.rules.conditions import OnlyIf
from core.rules.models import Rule
from core.web.forms import Form
from core.web.replies import problem_of


class RuleForm(Settings):
    """When something happens, an action follows."""

    event: str = setting(label="When", choices=True)
    action: str = setting(label="Then", choices=True, depends_on="event")
    name: str = setting("", label="Name", help="Left empty, it says when and then.", max_length=120)
    enabled: bool = setting(True, label="Switched on")


class RuleEditor:
    """The form of ``rule``, or of a new one. Showing it calls the CRM.

    ``unreachable`` says why the CRM's own choices, pipelines for example, can't be offered.
    """

    def __init__(self, app: App, tenant_id: str, rule: Rule | None):
        self.rule = rule
        self._app, self._tenant_id = app, tenant_id
        self.actions = choices.action_choices(app, tenant_id, switched_off=rule is not None)
        self.unreachable: str | None = None
        self.config: Form[Settings] | None = None
        self.about: Form[RuleForm] = Form(RuleForm, values=_about(rule), options=self._known_options)
        self.only_if: Form[OnlyIf] = Form(
            OnlyIf,
            values=dict(rule.only_if or {}) if rule else {},
            options=self._conditions,
            prefix="only-",
        )
        self._stored = _opened(app, tenant_id, rule)
        self._follow_action(self._stored)
        self._mark_gone()

    @property
    def narrowed(self) -> bool:
        """Whether any condition is filled in."""
        return bool(self.only_if.summary) or any(field.value for field in self.only_if)

    @property
    def forms(self) -> list[Form[Any]]:
        return [self.about, self.only_if, *([self.config] if self.config else [])]

    def read(self, posted: Mapping[str, str]) -> None:
        """Take over what was typed so far, so that the next choices can be offered."""
        self.about.read(posted)
        self.only_if.read(posted)
        self._follow_action({})
        if self.config and any(name.startswith(self.config.prefix) for name in posted):
            self.config.read(posted)

    def validate(self, posted: Mapping[str, str]) -> tuple[RuleForm, OnlyIf, Settings] | None:
        """The rule, its conditions and its action's configuration, checked with the CRM; None where
        the form now says what is wrong."""
        about, only_if = self.about.validate(posted), self.only_if.validate(posted)
        self._follow_action({})
        if about is None or only_if is None or self.config is None:
            if self.config:
                self.config.read(posted)
            return None
        config = self.config.validate(posted)
        if config is not None:
            self._check(about.action, config)
        if self.unreachable:
            self.config.errors, self.config.field_errors = [self.unreachable], {}
        return None if config is None or self.config.summary else (about, only_if, config)

    def made(self, config: Settings) -> dict[str, str]:
        """The secrets in ``config`` that were made because nothing was typed, by their labels: whoever
        saves the rule has to hand them on, and sees them this once."""
        assert self.config
        empty = {name for name, value in self.config.values.items() if value == ""}
        return {
            self.config[name].label: secret.get_secret_value()
            for name in self.config.model.model_fields
            if name in empty & secret_fields(type(config)) and (secret := getattr(config, name))
        }

    @cached_property
    def _crm(self) -> CrmPort:
        return choices.crm_for_form(self._app, self._tenant_id)

    def _follow_action(self, values: Mapping[str, Any]) -> None:
        chosen = self.about["action"].chosen
        if chosen:
            action = self._app.plugins.action(chosen.value)
            draft = action.drafts.get(str(self.about["event"].value), {})
            self.config = Form(
                action.Config,
                values={**(values or draft), **self._secrets(chosen.value)},
                options=self._live_options,
                prefix=f"{chosen.value}-",
            )

    def _secrets(self, action: str) -> dict[str, SecretStr]:
        """Those that are stored of this action: left empty, their inputs keep them."""
        if self.rule is None or action != self.rule.actions[0].action:
            return {}
        return {name: value for name, value in self._stored.items() if isinstance(value, SecretStr)}

    def _mark_gone(self) -> None:
        if self.config:
            self.config.mark_gone()
            if self.unreachable:  # nothing is known of what the CRM offers
                self.config.field_errors = {}

    def _check(self, action: str, config: Settings) -> None:
        assert self.config
        try:
            self.config.fail(*choices.problems(self._app, self._crm, action, config))
        except DealpayError as error:
            self.unreachable = problem_of(error).message

    def _known_options(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if field == "event":
            return [Choice(event, words) for event, words in service.EVENTS.items()]
        return [
            Choice(one.id, one.name)
            for one in self.actions
            if draft["event"] in one.triggers and not one.missing
        ]

    def _conditions(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if field == "account_id":
            return [Choice(one.id, one.label) for one in self._accounts]
        if field == "currency":
            return [Choice(code, code) for code in sorted({one.currency for one in self._accounts})]
        if self.unreachable:
            return []
        try:
            if field == "record_kind":
                return [Choice(kind, kind.capitalize()) for kind in self._crm.record_kinds]
            return choices.stages(self._crm, draft["record_kind"])
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return []

    @cached_property
    def _accounts(self) -> list[PaymentAccount]:
        with self._app.db.unit_of_work(self._tenant_id, read_only=True) as session:
            return connections.list_accounts(session)

    def _live_options(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if self.unreachable:
            return []
        action = str(self.about["action"].value)
        try:
            return choices.field_choices(self._app, self._crm, action, field, draft)
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return []


def _opened(app: App, tenant_id: str, rule: Rule | None) -> dict[str, Any]:
    """What is stored of the rule's action. Secrets that can't be opened have to be typed again."""
    if rule is None:
        return {}
    action = rule.actions[0]
    try:
        return configs.opened(app, tenant_id, action.id, action.config)
    except SealBroken:
        return configs.without_secrets(action.config)


def _about(rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {}
    return {
        "event": rule.event,
        "action": rule.actions[0].action,
        "name": rule.name,
        "enabled": rule.enabled,
    }
