"""One action in the form of a rule: which, what follows where it fails, and what it asks for."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from core.api.actions import Choice
from core.api.errors import DealpayError
from core.api.settings import Settings, secret_fields, setting
from core.api.text import N_, _, show
from core.app import App
from core.db.sealing import SealBroken
from core.rules import configs
from core.rules.choices import ActionChoice, Offers
from core.rules.models import OnFailure, RuleAction
from core.rules.saving import ActionDraft, config_of
from core.web.forms import Form
from core.web.replies import problem_of


class ActionForm(Settings):
    """Which action, and what becomes of those behind it where it is given up."""

    action: str = setting(label=N_("Then"), choices=True)
    on_failure: OnFailure = setting("stop", label=N_("If it fails"), choices=True)


class Row:
    """An action of the form; ``key`` keeps its inputs apart from those of the others.

    ``stored`` is the action that it changes, whose secrets stay where their inputs are left empty.
    """

    def __init__(
        self,
        app: App,
        offers: Offers,
        actions: list[ActionChoice],
        key: str,
        *,
        stored: RuleAction | None = None,
        values: Mapping[str, Any] | None = None,
    ):
        self.key, self.stored = key, stored
        self.event = ""
        self._app, self._offers, self._actions = app, offers, actions
        self.about: Form[ActionForm] = Form(
            ActionForm, values=dict(values or {}), options=self._choices, prefix=f"{key}-"
        )
        self.config: Form[Settings] | None = None

    @property
    def id(self) -> str | None:
        return self.stored.id if self.stored else None

    @property
    def name(self) -> str:
        """What the action is called, once there is one."""
        chosen = self.about["action"].chosen
        return chosen.label if chosen else ""

    @property
    def forms(self) -> list[Form[Any]]:
        return [self.about, *([self.config] if self.config else [])]

    def open(self, event: str) -> None:
        """Show what is stored, or what a new action for ``event`` says at first."""
        self.event = event
        self._follow(_opened(self._app, self.stored) if self.stored else {})

    def mark_gone(self) -> None:
        """Mark what was chosen once and isn't in the CRM any more."""
        if self.config:
            self.config.mark_gone()

    def read(self, posted: Mapping[str, str], event: str) -> None:
        """Take over what was typed, unchecked."""
        self.event = event
        self.about.read(posted)
        self._follow({})
        if self.config and any(name.startswith(self.config.prefix) for name in posted):
            self.config.read(posted)
            self._begin_anew()

    def validate(self, posted: Mapping[str, str], event: str) -> ActionDraft | None:
        """The action as it is to be saved, checked with the CRM; None where the form now says what is
        wrong."""
        self.event = event
        about = self.about.validate(posted)
        self._follow({})
        if about is None or self.config is None:
            if self.config:
                self.config.read(posted)
            elif "action" in self.about.field_errors:
                self.about.field_errors["action"] = _("Choose an action.")
            return None
        if event not in self._app.plugins.action(about.action).triggers:
            self.config.read(posted)
            self.about.field_errors["action"] = _(
                "“%(action)s” isn't made for this event. Choose another one.", action=self.name
            )
            return None
        config = self.config.validate(posted)
        if config is None or not self._checked(about.action, config):
            return None
        empty = {name for name, value in self.config.values.items() if value == ""}
        made = frozenset(empty & secret_fields(type(config)))
        return ActionDraft(about.action, config, about.on_failure, self.id, made)

    def made(self, draft: ActionDraft) -> dict[str, str]:
        """The secrets that were made because nothing was typed, by their labels: whoever saves the rule
        has to hand them on, and sees them this once."""
        assert self.config
        return {
            self.config[name].label: secret.get_secret_value()
            for name in draft.made
            if (secret := getattr(draft.config, name))
        }

    def _checked(self, action: str, config: Settings) -> bool:
        assert self.config
        try:
            self.config.fail(*self._offers.problems(action, config))
        except DealpayError as error:
            # What was good when it was saved may stay as it is while nobody can be asked.
            if not self._unchanged(action, config):
                self.config.errors = [problem_of(error).message]
        return not self.config.summary

    def _unchanged(self, action: str, config: Settings) -> bool:
        if self.stored is None or self.stored.action != action:
            return False
        return config_of(self._app, self.stored) == config

    def _begin_anew(self) -> None:
        """Put the text that a new action for this event has at first in the place of another event's,
        where nobody has changed that."""
        assert self.config
        drafts = self._app.plugins.action(str(self.about["action"].value)).drafts
        for name, text in drafts.get(self.event, {}).items():
            unchanged = {draft.get(name) for event, draft in drafts.items() if event != self.event}
            # A browser sends line breaks in its own way.
            if str(self.config.values.get(name)).replace("\r\n", "\n") in unchanged:
                self.config.prefer(name, text)

    def _follow(self, values: Mapping[str, Any]) -> None:
        """Make the form of the action that is chosen."""
        chosen = self.about["action"].chosen
        if chosen is None:
            self.config = None
            return
        action, prefix = self._app.plugins.action(chosen.value), f"{self.key}-{chosen.value}-"
        held: dict[str, Any] = {}
        self.config = Form(
            action.Config,
            values={**(values or action.drafts.get(self.event, {})), **self._kept(chosen.value)},
            options=self._offers.of_action(
                chosen.value, prefix, lambda: held["form"].values, self._stored_of(chosen.value)
            ),
            prefix=prefix,
        )
        held["form"] = self.config

    def _kept(self, action: str) -> dict[str, SecretStr]:
        """The secrets that are stored of this action: left empty, their inputs keep them."""
        stored = self._stored_of(action)
        return {name: value for name, value in stored.items() if isinstance(value, SecretStr)}

    def _stored_of(self, action: str) -> dict[str, Any]:
        same = self.stored is not None and self.stored.action == action
        return _opened(self._app, self.stored) if same and self.stored else {}

    def _choices(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if field == "on_failure":
            return [Choice("stop", _("Leave out the rest")), Choice("go_on", _("Go on with the rest"))]
        chosen = self.about.values.get("action")
        return [
            Choice(one.id, show(one.name))
            for one in self._actions
            if (self.event in one.triggers or one.id == chosen) and not one.missing
        ]


def _opened(app: App, action: RuleAction) -> dict[str, Any]:
    """What is stored of an action. Secrets that can't be opened have to be typed again."""
    try:
        return configs.opened(app, action.tenant_id, action.id, action.config)
    except SealBroken:
        return configs.without_secrets(action.config)
