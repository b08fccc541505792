"""The three kinds of things a plugin contributes, and what each kind must bring."""

from enum import StrEnum

from core.api.actions import DefaultRule
from core.api.hookspecs import ActionVerbs, CrmConnectorVerbs, PaymentProviderVerbs
from core.api.payments import LinkOptions
from core.api.records import Permission
from core.api.settings import Settings
from core.api.text import N_


class Kind(StrEnum):
    """A kind of plugin, by its name in the manifest."""

    PAYMENT_PROVIDER = "payment_provider"
    CRM_CONNECTOR = "crm_connector"
    ACTION = "action"

    @property
    def words(self) -> str:
        """The kind in a sentence."""
        return _WORDS[self.value]


#: Shown by whoever shows them, in the reader's language.
_WORDS = {
    "payment_provider": N_("payment provider"),
    "crm_connector": N_("CRM connector"),
    "action": N_("action"),
}

Verbs = type[PaymentProviderVerbs] | type[CrmConnectorVerbs] | type[ActionVerbs]

VERBS: dict[Kind, Verbs] = {
    Kind.PAYMENT_PROVIDER: PaymentProviderVerbs,
    Kind.CRM_CONNECTOR: CrmConnectorVerbs,
    Kind.ACTION: ActionVerbs,
}

#: The register hook that contributes a kind.
REGISTER = {
    Kind.PAYMENT_PROVIDER: "register_payment_providers",
    Kind.CRM_CONNECTOR: "register_crm_connectors",
    Kind.ACTION: "register_actions",
}


class ProviderData:
    """The class attributes of a payment provider."""

    id: str
    name: str
    Settings: type[Settings]
    currencies: frozenset[str]
    event_types: tuple[str, ...]
    #: What a link can be asked for beside its amount; a provider may do without.
    link_options: LinkOptions = LinkOptions()
    #: What a key needs that may be restricted; empty where keys open everything.
    permissions: tuple[Permission, ...] = ()


class ConnectorData:
    """The class attributes of a CRM connector."""

    id: str
    name: str
    Settings: type[Settings]
    record_kinds: tuple[str, ...]
    frame_origins: tuple[str, ...]
    permissions: tuple[Permission, ...]
    #: Whether ``validate_credentials`` with the access of OAuth says whose it is: people may then sign
    #: in with this CRM.
    names_user: bool = False


class ActionData:
    """The class attributes of a post-payment action."""

    id: str
    name: str
    triggers: tuple[str, ...]
    Config: type[Settings]
    needs: tuple[str, ...]
    default_rules: tuple[DefaultRule, ...]


DATA: dict[Kind, type] = {
    Kind.PAYMENT_PROVIDER: ProviderData,
    Kind.CRM_CONNECTOR: ConnectorData,
    Kind.ACTION: ActionData,
}


def is_need(need: str) -> bool:
    """Whether ``need`` names a capability: ``crm_connector:move_stage``."""
    kind, _, verb = need.partition(":")
    return kind in set(Kind) and hasattr(VERBS[Kind(kind)], verb) and verb.islower()
