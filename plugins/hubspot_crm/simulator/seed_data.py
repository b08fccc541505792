"""The start state in tables: two accounts that know nothing of each other.

Brightwater Studios makes films in London, Alder & Finch furnishes rooms in Toronto.
"""

from dataclasses import dataclass
from typing import Any

READS = (
    "oauth",
    "crm.objects.deals.read",
    "crm.objects.contacts.read",
    "crm.objects.owners.read",
)
WRITES = ("crm.objects.deals.write", "crm.objects.contacts.write")


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and the access token that opens it."""

    portal: int
    name: str
    currency: str
    others: tuple[str, ...]
    timezone: str
    token: str


BRIGHTWATER = Account(
    25148310, "Brightwater Studios", "GBP", ("EUR", "JPY", "KWD"), "Europe/London",
    "pat-eu1-3f6c0b1e-8d2a-4c57-9e40-7b1d5a2c9f08",
)  # fmt: skip
ALDER = Account(
    25977042, "Alder & Finch Interiors", "CAD", (), "America/Toronto",
    "pat-na1-d41f7a90-52e6-4b08-a3c1-0c9e6f2b7d15",
)  # fmt: skip
ACCOUNTS = (BRIGHTWATER, ALDER)

#: Brightwater's, too: one that may only read, and one that somebody has rotated.
READ_ONLY = "pat-eu1-90a2c7d3-1e4b-4f6a-8c05-5d7b3e9f1a62"
ROTATED = "pat-eu1-0b5e9d18-7c3f-4a21-b6d4-e2f80c1a9b37"

# Owner id, user id, first name, last name, e-mail. A user that was removed has no user id any more.
IMOGEN, TOMASZ, PRIYA, LEFT, HELPDESK = 81203311, 81203312, 81203313, 81203314, 81203315
CLAIRE = 93310021
OWNERS = (
    (BRIGHTWATER.portal, IMOGEN, 61500101, "Imogen", "Clarke", "imogen@brightwater.example"),
    (BRIGHTWATER.portal, TOMASZ, 61500102, "Tomasz", "Zieliński", "tomasz@brightwater.example"),
    (BRIGHTWATER.portal, PRIYA, 61500103, "", "", "priya@brightwater.example"),
    (BRIGHTWATER.portal, LEFT, None, "Owen", "Price", "owen@brightwater.example"),
    (BRIGHTWATER.portal, HELPDESK, None, "Helpdesk", "", ""),
    (ALDER.portal, CLAIRE, 61700201, "Claire", "Beaulieu", "claire@alderfinch.example"),
)
#: Owners that never were a person, and the user ids of those who have left.
QUEUES = (HELPDESK,)
FORMER = {LEFT: 61500104}

# Stage id, label, probability, whether it closes the deal. Those of the default pipeline have names
# for ids, all others numbers.
_SALES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2", False),
    ("qualifiedtobuy", "Qualified To Buy", "0.4", False),
    ("presentationscheduled", "Presentation Scheduled", "0.6", False),
    ("contractsent", "Contract Sent", "0.9", False),
    ("closedwon", "Closed Won", "1.0", True),
    ("closedlost", "Closed Lost", "0.0", True),
)
RETAINERS = "74410882"
RETAINER_OFFER, RETAINER_SIGNED = "139502261", "139502262"
#: Portal, pipeline id, label, display order, archived, stages.
PIPELINES = (
    (BRIGHTWATER.portal, RETAINERS, "Retainers", 1, False, (
        (RETAINER_OFFER, "Offer", "0.5", False),
        (RETAINER_SIGNED, "Signed", "1.0", True),
        ("139502263", "Let go", "0.0", True),
    )),
    (BRIGHTWATER.portal, "default", "Sales Pipeline", 0, False, _SALES),
    (BRIGHTWATER.portal, "70110045", "Festival 2024", 2, True, (("130011", "Booked", "1.0", True),)),
    (ALDER.portal, "default", "Sales Pipeline", 0, False, _SALES),
)  # fmt: skip

HARBOUR, MUSEUM, LAUNCH, PODCAST, TOKYO, KITCHEN = (
    "17250440011", "17250440012", "17250440013", "17250440014", "17250440015", "18990310007",
)  # fmt: skip
MARGARET, DIEGO, AIKO, ANON, LUC = (
    "301550101", "301550102", "301550103", "301550104", "412220051",
)  # fmt: skip
#: Portal, contact id, first name, last name, e-mail, phone, mobile, owner.
CONTACTS = (
    (BRIGHTWATER.portal, MARGARET, "Margaret", "Oduya", "m.oduya@harbourtrust.example",
     "+44 20 7946 0311", "", IMOGEN),
    (BRIGHTWATER.portal, DIEGO, "Diego", "Marín", "diego@harbourtrust.example", "",
     "+44 7700 900417", TOMASZ),
    (BRIGHTWATER.portal, AIKO, "Aiko", "Tanabe", "aiko@kumofilms.example", "+81 3 5550 0144", "",
     IMOGEN),
    (BRIGHTWATER.portal, ANON, "", "", "hello@podcast.example", "", "", None),
    (ALDER.portal, LUC, "Luc", "Tremblay", "luc@tremblay.example", "+1 416 555 0136", "", CLAIRE),
)  # fmt: skip
#: Portal, deal id, name, amount, currency (empty where it is the account's), pipeline, stage, owner,
#: contacts.
DEALS = (
    (BRIGHTWATER.portal, HARBOUR, "Harbour Trust: anniversary film", "18400.00", "",
     "default", "presentationscheduled", IMOGEN, (MARGARET, DIEGO)),
    (BRIGHTWATER.portal, MUSEUM, "City Museum audio guide", "7250.5", "EUR",
     "default", "qualifiedtobuy", TOMASZ, (DIEGO,)),
    (BRIGHTWATER.portal, LAUNCH, "Product launch live stream", "2400", "GBP",
     RETAINERS, RETAINER_OFFER, TOMASZ, (MARGARET,)),
    (BRIGHTWATER.portal, PODCAST, "Podcast pilot", "", "", "default", "appointmentscheduled",
     None, ()),
    (BRIGHTWATER.portal, TOKYO, "Kumo Films: colour grading", "960000", "JPY",
     "default", "contractsent", LEFT, (AIKO,)),
    (ALDER.portal, KITCHEN, "Tremblay kitchen", "31900.00", "", "default", "contractsent",
     CLAIRE, (LUC,)),
)  # fmt: skip
#: Portal, kind, then name, label, type, field type, options, marks: what somebody has added.
PROPERTIES: tuple[tuple[Any, ...], ...] = (
    (BRIGHTWATER.portal, "deals", "payment_reference", "Payment reference", "string", "text", (),
     "custom"),
    (BRIGHTWATER.portal, "deals", "amount_received", "Amount received", "number", "number", (),
     "custom"),
    (BRIGHTWATER.portal, "deals", "paid_on", "Paid on", "date", "date", (), "custom"),
    (BRIGHTWATER.portal, "deals", "deposit_paid", "Deposit paid", "enumeration", "booleancheckbox",
     (("true", "Yes"), ("false", "No")), "custom"),
    (BRIGHTWATER.portal, "deals", "payment_status", "Payment status", "enumeration", "select",
     (("waiting", "Waiting"), ("part", "Paid in part"), ("paid", "Paid")), "custom"),
    (BRIGHTWATER.portal, "deals", "services", "Services", "enumeration", "checkbox",
     (("film", "Film"), ("audio", "Audio")), "custom"),
    (BRIGHTWATER.portal, "deals", "old_reference", "Old reference", "string", "text", (), "custom",
     "archived"),
    (BRIGHTWATER.portal, "deals", "import_batch", "Import batch", "string", "text", (), "custom",
     "hidden"),
    (BRIGHTWATER.portal, "contacts", "vat_number", "VAT number", "string", "text", (), "custom"),
)  # fmt: skip
#: Portal, the record it is on, text.
NOTES = (
    (BRIGHTWATER.portal, "deals", HARBOUR, "<p>Wants the <strong>long cut</strong> by March.</p>"),
    (BRIGHTWATER.portal, "contacts", MARGARET, "<p>Prefers e-mail.</p>"),
)
