"""What the Dealpay app asks of the CRM at install, as the marketplace shows it before "Allow"."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One entity: its actions in the CRM's spelling, and why the app needs them."""

    entity: str
    label: str
    actions: tuple[str, ...]
    reason: str

    @property
    def words(self) -> str:
        """The actions as a person reads them."""
        spelling = {"readAll": "read all", "updateAll": "update all"}
        return ", ".join(spelling.get(action, action) for action in self.actions)


READ = ("read", "readAll")
RECORD = (*READ, "update", "updateAll", "note")

ASKED = (
    Asked("deal", "Deals", RECORD, "Shows the deal, moves its stage when it is paid, adds notes."),
    Asked("lead", "Leads", RECORD, "Shows the lead, moves its stage when it is paid, adds notes."),
    Asked("note", "Notes", (*READ, "write"), "Writes what happened, and finds it again."),
    Asked("contact", "Contacts", READ, "Finds whom the payment link goes to."),
    Asked("company", "Companies", READ, "Names the customer of a deal."),
    Asked("products-services", "Products and services", READ, "Offers what can be charged."),
    Asked("pipeline", "Pipelines", READ, "Offers the stages that a payment can lead to."),
    Asked("user", "Users", READ, "Connects each colleague to their own records."),
    Asked("searchList", "Search lists", ("read",), "Looks records up by their owner."),
)

#: Kylas grants the scopes of the app's permissions; the app sends none of its own.
SCOPE = " ".join(f"{asked.entity}:{action}" for asked in ASKED for action in asked.actions)
