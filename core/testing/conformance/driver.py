"""What a plugin tells the suites about its vendor: who may come in, and how the other side acts.

A plugin has one driver for each thing it contributes, beside its simulator, and names it in
``plugin.toml`` under ``conformance``. A driver is the vendor's side: it pays, refunds and signs
in the simulator, and looks there for what the plugin did. It never calls the plugin.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from core.api.money import Money
from core.api.payments import Link, Mode
from core.api.records import Launch, RecordRef, TaskDraft
from core.api.settings import Settings
from core.plugin_host.kinds import Kind
from core.testing.conformance.check import NotOffered
from core.testing.simulator import Simulator


class Driver(ABC):
    """The part that every kind has in common."""

    kind: ClassVar[Kind]

    @property
    @abstractmethod
    def member(self) -> Any:
        """What the plugin's register hook returns: a new object at each call."""

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """While this lasts, a vendor's client doesn't pause between its own attempts."""
        yield


class VendorDriver(Driver):
    """For what talks to a vendor: with a simulator and settings that open it."""

    simulator: ClassVar[type[Simulator]]
    #: HTTP methods with which the plugin asks the vendor to change something.
    write_methods: ClassVar[tuple[str, ...]] = ("POST",)

    def options(self, url: str) -> Mapping[str, str]:
        """The operator's options that lead the plugin to ``url``."""
        return {"api_base": url}

    @abstractmethod
    def settings(self) -> Settings:
        """What opens the account that the checks work with."""

    @abstractmethod
    def wrong(self) -> Settings:
        """Of the right form, and known to nobody."""

    @abstractmethod
    def other(self) -> Settings:
        """What opens another account of the same vendor."""

    def revoked(self) -> Settings:
        """What has opened the account once, and no longer does."""
        raise NotOffered("the simulator knows no revoked credentials")

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """The values in ``settings()`` that nobody may see."""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A payment link as it stands at the vendor. ``metadata`` is what was sent along with it.

    ``first_part`` is None for a link that is to be paid in one. ``notices`` are what the vendor wrote
    to the payer, oldest first: the channel, and the address or number.
    """

    ref: str
    total: Money
    takes_payments: bool
    metadata: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    first_part: Money | None = None
    notices: tuple[tuple[str, str], ...] = ()


class ProviderDriver(VendorDriver):
    """The vendor of a payment provider. ``simulator`` arguments are the running one."""

    kind = Kind.PAYMENT_PROVIDER
    #: What the settings are for: their account takes real money or only test money.
    mode: ClassVar[Mode] = "test"
    #: Seconds after which a signature is too old; None where signatures hold no time.
    tolerance: ClassVar[float | None] = None
    #: A currency with none, two and three decimals each, where the vendor has one.
    currencies: ClassVar[tuple[str, ...]] = ("JPY", "INR", "KWD")
    #: The least that can be told apart there, in minor units: 10 where the last has to be zero.
    steps: ClassVar[Mapping[str, int]] = {}

    @abstractmethod
    def in_currency(self, simulator: Any, currency: str) -> Settings:
        """What opens an account that charges in ``currency``. Raises NotOffered."""

    @abstractmethod
    def made(self, simulator: Any) -> list[MadeLink]:
        """All links at the vendor, those of every account, oldest first."""

    @abstractmethod
    def pay(self, simulator: Any, link: Link) -> str | None:
        """A customer pays the whole of a link; the address that leads to, None where it stays."""

    def pay_part(self, simulator: Any, link: Link, money: Money) -> None:
        """A customer tries to pay ``money`` of a link and no more; the vendor may refuse it."""
        raise NotOffered("the simulator takes no payments in parts")

    def expire(self, simulator: Any, link: Link) -> None:
        """The time comes at which a link was to expire; one without such a time stays open."""
        raise NotOffered("the simulator lets no link expire")

    def decline(self, simulator: Any, link: Link) -> None:
        """A customer tries to pay, and the bank says no."""
        raise NotOffered("the simulator declines no payment")

    @abstractmethod
    def refund(self, simulator: Any, link: Link, money: Money) -> None:
        """The seller gives ``money`` of the link's only payment back, in the vendor's dashboard."""

    def dispute(self, simulator: Any, link: Link) -> None:
        """The payer's bank takes the money of the link's only payment back."""
        raise NotOffered("the simulator knows no disputes")

    def foreign_payment(self, simulator: Any) -> None:
        """Something is paid in the account that no link of ours has to do with."""
        raise NotOffered("the simulator takes payments on our links only")

    @abstractmethod
    def subscribe(self, simulator: Any, url: str) -> str:
        """Add a webhook for all events at ``url``, by hand; its signing secret."""

    @abstractmethod
    def sign(self, body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
        """The headers with which the vendor would deliver ``body`` at that time."""


class CrmDriver(VendorDriver):
    """The vendor of a CRM. ``simulator`` arguments are the running one."""

    kind = Kind.CRM_CONNECTOR
    #: Paths that change nothing though they are asked for with a method of ``write_methods``.
    reads: ClassVar[tuple[str, ...]] = ()

    def is_write(self, asked: str) -> bool:
        """Whether ``POST /path`` asks for a change."""
        method, _, path = asked.partition(" ")
        return method in self.write_methods and not any(one in path for one in self.reads)

    @abstractmethod
    def record(self, simulator: Any) -> RecordRef:
        """A record of the account that ``settings()`` opens, which stands at an open stage."""

    @abstractmethod
    def foreign_record(self, simulator: Any) -> RecordRef:
        """A record of the account that ``other()`` opens."""

    @abstractmethod
    def missing_record(self, simulator: Any) -> RecordRef:
        """A record that nobody has, with an id of the right form."""

    @abstractmethod
    def launch(self, ref: RecordRef) -> Launch:
        """The parameters with which the CRM opens a frame on the record."""

    @abstractmethod
    def notes(self, simulator: Any, ref: RecordRef) -> list[str]:
        """The notes of a record as a person reads them."""

    def add_notes(self, simulator: Any, ref: RecordRef, count: int) -> None:
        """Somebody else writes notes on a record."""
        raise NotOffered("nobody else writes notes in the simulator")

    def add_users(self, simulator: Any, count: int) -> None:
        """The account gets more users."""
        raise NotOffered("the simulator takes no new users")

    def next_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        """The ids of the record's pipeline and of an open stage in it where it doesn't stand."""
        raise NotOffered("records have no stages")

    def other_pipeline(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        """The ids of a pipeline of the same kind where the record isn't, and of a stage in it."""
        raise NotOffered("there is one pipeline")

    def lost_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str, str]:
        """The ids of the record's pipeline and of a stage that asks for a reason, and a good one."""
        raise NotOffered("no stage asks for a reason")

    def fields(self, simulator: Any, ref: RecordRef) -> Mapping[str, str]:
        """Writable fields of a record that ``fetch_record`` doesn't show, by id: one of each type
        that the CRM has, each with a value that it takes and doesn't hold yet."""
        raise NotOffered("records have no fields to write")

    def field_value(self, simulator: Any, ref: RecordRef, field_id: str) -> str | None:
        """What a field holds at the vendor, in the words of ``FieldType``; None where it is empty."""
        raise NotOffered("the simulator shows no fields")

    def owned_record(self, simulator: Any) -> RecordRef:
        """A record of ours whose owner can be changed."""
        return self.record(simulator)

    def colleague(self, simulator: Any, ref: RecordRef) -> str:
        """The id of a user who may own the record, or a task on it, and doesn't."""
        raise NotOffered("there is nobody else in the simulator")

    def authorize(self, simulator: Any) -> str:
        """Somebody gives our app access to the account that ``settings()`` opens: the code for it."""
        raise NotOffered("nobody gives access in the simulator")

    def take_back(self, simulator: Any) -> None:
        """Somebody takes back all access that ``authorize`` gave."""
        raise NotOffered("nobody takes access back in the simulator")

    def redirect_uri(self, simulator: Any) -> str:
        """The callback that our app is registered with."""
        return f"{simulator.app_url}/install/{self.member.id}"

    def tasks(self, simulator: Any, ref: RecordRef) -> list[TaskDraft]:
        """The tasks on a record as they stand at the vendor."""
        raise NotOffered("the simulator shows no tasks")

    def add_tasks(self, simulator: Any, ref: RecordRef, count: int) -> None:
        """Somebody else makes tasks on a record."""
        raise NotOffered("nobody else makes tasks in the simulator")


class ActionDriver(Driver):
    """What an action needs: a configuration, and where it acts elsewhere than in the CRM, that place."""

    kind = Kind.ACTION
    simulator: ClassVar[type[Simulator] | None] = None
    #: The event for which the action has something to do; its first trigger where this is empty.
    event: ClassVar[str] = ""

    def options(self, url: str) -> Mapping[str, str]:
        """The operator's options."""
        return {}

    @abstractmethod
    def config(self, url: str) -> Settings:
        """What works on a deal in ``action.model``'s CRM; ``url`` is where the simulator answers."""

    def stale(self) -> list[Settings]:
        """Configurations that name what the CRM doesn't have."""
        raise NotOffered("a configuration names nothing in the CRM")

    def moved(self, simulator: Any) -> Settings:
        """A configuration whose address answers with a redirect to where the effect would come about."""
        raise NotOffered("the simulator sends nobody elsewhere")

    def effects(self, simulator: Any) -> list[str]:
        """What the action has brought about in the simulator, in words."""
        return []

    def secrets(self) -> tuple[str, ...]:
        """The values in ``config()`` that nobody may see."""
        return ()
