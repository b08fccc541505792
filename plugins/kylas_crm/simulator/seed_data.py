"""The start state as tables: two tenants, their people, pipelines, products, leads and deals."""

TENANT_A = 4101
TENANT_B = 4202

ASHA, RAVI, MEERA, SHEIKH = 8301, 8302, 8303, 8304
ANITA, JOSEPH = 8401, 8402

#: API keys are ``uuid:number``, the number being the user who made them. These open nothing real.
API_KEY_A = f"5d2f6a1c-0b7e-4c39-9a54-6e1f83b7c201:{ASHA}"
API_KEY_B = f"c81e42d7-93af-4f06-8b1d-2a7054e9fd13:{ANITA}"

ADMIN, REP, MANAGER = "Admin", "Restricted User", "Sales Manager"

#: (id, company, currency, plan, API key)
TENANTS = (
    (TENANT_A, "Northwind Trading", "INR", "elevate-annual", API_KEY_A),
    (TENANT_B, "Lakeside Clinics", "INR", "embark-monthly", API_KEY_B),
)

#: (tenant, id, first name, last name, e-mail, profile, designation); first names can be missing.
USERS = (
    (TENANT_A, ASHA, "Asha", "Rao", "asha@northwind.example", ADMIN, "Owner"),
    (TENANT_A, RAVI, "Ravi", "Iyer", "ravi@northwind.example", REP, "Rep"),
    (TENANT_A, MEERA, "Meera", "Nair", "meera@northwind.example", REP, "Rep"),
    (TENANT_A, SHEIKH, None, "Sheikh", "sheikh@northwind.example", MANAGER, "Manager"),
    (TENANT_B, ANITA, "Anita", "D'Souza", "anita@lakeside.example", ADMIN, "Owner"),
    (TENANT_B, JOSEPH, "Joseph", "Kurian", "joseph@lakeside.example", REP, "Rep"),
)

INR, USD, BHD = 431, 400, 401938

#: The currency master list: the same ids for every tenant, retired codes included.
CURRENCIES = (
    (400, "USD", "US Dollar"), (404, "AED", "UAE Dirham"), (411, "AUD", "Australian Dollar"),
    (418, "CAD", "Canadian Dollar"), (424, "EUR", "Euro"), (426, "GBP", "Pound Sterling"),
    (431, "INR", "Indian Rupee"), (437, "JPY", "Japanese Yen"), (439, "KRW", "South Korean Won"),
    (443, "MXP", "Mexican Peso (old)"), (456, "SGD", "Singapore Dollar"), (469,
     "ZMK", "Zambian Kwacha (old)"),
)  # fmt: skip

#: Currencies a tenant added itself have ids of their own: (tenant, id, code, name, base).
OWN_CURRENCIES = (
    (TENANT_A, INR, "INR", "Indian Rupee", True),
    (TENANT_A, USD, "USD", "US Dollar", False),
    (TENANT_A, BHD, "BHD", "Bahraini Dinar", False),
    (TENANT_B, INR, "INR", "Indian Rupee", True),
)

DEAL_PIPELINE, TENDER_PIPELINE, LEAD_PIPELINE, OLD_PIPELINE = 1494, 1495, 1079, 1480
DEAL_OPEN, DEAL_PROPOSAL, DEAL_NEGOTIATION = 10731, 10732, 10733
DEAL_WON, DEAL_UNQUALIFIED, DEAL_LOST = 10734, 10735, 10736
TENDER_OPEN, TENDER_TECHNICAL, TENDER_PRICE = 10741, 10742, 10743
TENDER_WON, TENDER_UNQUALIFIED, TENDER_LOST = 10744, 10745, 10746
LEAD_OPEN, LEAD_CONTACTED, LEAD_QUALIFIED = 4547, 4548, 4549
LEAD_WON, LEAD_UNQUALIFIED, LEAD_LOST = 4550, 4551, 4552
B_DEAL_PIPELINE, B_LEAD_PIPELINE = 2494, 2079
B_DEAL_OPEN, B_DEAL_WON, B_LEAD_OPEN, B_LEAD_WON = 20731, 20734, 5547, 5550

LOST_REASONS = ("No follow-up", "Not interested", "Price too high")
UNQUALIFIED_REASONS = ("Budget does not match", "Wrong region")

#: (tenant, id, name, kind, active, sequential, id of the first stage, names of the open stages);
#: the stages that follow are Won, Closed Unqualified and Closed Lost.
PIPELINES = (
    (TENANT_A, DEAL_PIPELINE, "Default Deal Pipeline", "DEAL", True, False, DEAL_OPEN,
     ("Open", "Proposal sent", "Negotiation")),
    (TENANT_A, TENDER_PIPELINE, "Tender Pipeline", "DEAL", True, True, TENDER_OPEN,
     ("Open", "Technical bid", "Price bid")),
    (TENANT_A, OLD_PIPELINE, "Deal Pipeline 2024", "DEAL", False, False, 10701, ("Open",)),
    (TENANT_A, LEAD_PIPELINE, "Default Lead Pipeline", "LEAD", True, False, LEAD_OPEN,
     ("Open", "Contacted", "Qualified")),
    (TENANT_B, B_DEAL_PIPELINE, "Default Deal Pipeline", "DEAL", True, False, B_DEAL_OPEN,
     ("Open", "Quoted", "Agreed")),
    (TENANT_B, B_LEAD_PIPELINE, "Default Lead Pipeline", "LEAD", True, False, B_LEAD_OPEN,
     ("Open", "Contacted", "Visited")),
)  # fmt: skip

SURVEY, PANEL, SUPPORT, B_CHECK_UP = 18301, 18302, 18303, 28301

#: (tenant, id, name, currency id, price, active)
PRODUCTS = (
    (TENANT_A, SURVEY, "Site survey", INR, "7500", True),
    (TENANT_A, PANEL, "Solar panel 540 W", INR, "14250.50", True),
    (TENANT_A, SUPPORT, "Yearly support", INR, "48000", True),
    (TENANT_A, 18304, "Export crate", BHD, "12.345", True),
    (TENANT_A, 18305, "Old catalogue", INR, "100", False),
    (TENANT_B, B_CHECK_UP, "Health check-up", INR, "2499", True),
)

#: (tenant, id, first name, last name, company, e-mail, mobile), the last two perhaps missing.
CONTACTS = (
    (TENANT_A, 6276, "Prakash", "Reddy", "Deccan Textiles",
     "prakash@deccan-textiles.example", "9845010001"),
    (TENANT_A, 6277, "Priya", "Menon", "Shree Ganesh Interiors",
     "priya@ganesh-interiors.example", "9845010002"),
    (TENANT_A, 6278, "Thomas", "Varghese", "Malabar Spices",
     "thomas@malabar-spices.example", "9845010003"),
    (TENANT_A, 6279, "Neelam", "Thakur", "Himalaya Dairy", "neelam@himalaya-dairy.example",
     "9845010004"),
    (TENANT_A, 6280, "Sanjay", "Deshmukh", "Sahyadri Co-operative Bank",
     "sanjay@sahyadri-bank.example", None),
    (TENANT_A, 6281, "Lakshmi", "Narayan", "Annapurna Sweets",
     "lakshmi@annapurna.example", "9845010006"),
    (TENANT_A, 6282, "Venkat", "Rao", "Godavari Logistics", "venkat@godavari.example", "9845010007"),
    (TENANT_A, 6283, "Sunita", "Joshi", "Vidya Niketan Trust",
     "sunita@vidya-niketan.example", "9845010008"),
    (TENANT_A, 6284, None, "Kulkarni", "Nashik Smart Works", None, "9845010009"),
    (TENANT_A, 6285, "Aditya", "Bose", "Deccan Textiles", "aditya@deccan-textiles.example",
     "9845010010"),
    (TENANT_B, 7276, "Shalini", "Gupta", "Riverside School", "shalini@riverside.example", "9880010001"),
    (TENANT_B, 7277, "Imran", "Qureshi", "Metro Cabs", "imran@metro-cabs.example", "9880010002"),
)  # fmt: skip

#: (tenant, id, name, company, contacts, owner, pipeline, stage, estimated value, product lines as
#: (product, quantity, discount in percent)). Values of deals with lines come from the lines.
DEALS = (
    (TENANT_A, 4485, "Rooftop solar, phase 1", "Deccan Textiles", (6276, 6285),
     ASHA, DEAL_PIPELINE, DEAL_NEGOTIATION, None,
     ((PANEL, 80, 5), (SURVEY, 1, 0))),
    (TENANT_A, 4486, "Office fit-out, Koramangala", "Shree Ganesh Interiors",
     (6277,), RAVI, DEAL_PIPELINE, DEAL_PROPOSAL, "1860000", ()),
    (TENANT_A, 4487, "Yearly maintenance", "Malabar Spices", (6278,), ASHA,
     DEAL_PIPELINE, DEAL_OPEN, None, ((SUPPORT, 5, 0),)),
    (TENANT_A, 4488, "Cold storage upgrade", "Himalaya Dairy", (6279,), RAVI,
     DEAL_PIPELINE, DEAL_OPEN, "975000", ()),
    (TENANT_A, 4489, "CCTV for four branches", "Sahyadri Co-operative Bank",
     (6280,), MEERA, DEAL_PIPELINE, DEAL_PROPOSAL, "432000", ()),
    (TENANT_A, 4490, "Billing counters", "Annapurna Sweets", (6281,), RAVI,
     DEAL_PIPELINE, DEAL_NEGOTIATION, "156000", ()),
    (TENANT_A, 4491, "Warehouse racking", "Godavari Logistics", (6282,),
     SHEIKH, DEAL_PIPELINE, DEAL_WON, "680000", ()),
    (TENANT_A, 4492, "Tender: school furniture", "Vidya Niketan Trust", (6283,),
     ASHA, TENDER_PIPELINE, TENDER_OPEN, "1120000", ()),
    (TENANT_A, 4493, "Tender: street lighting", "Nashik Smart Works", (6284,),
     MEERA, TENDER_PIPELINE, TENDER_PRICE, "2350000", ()),
    (TENANT_A, 4494, "Walk-in enquiry", None, (), RAVI, DEAL_PIPELINE, DEAL_OPEN, None, ()),
    (TENANT_B, 5485, "Staff health check-ups", "Riverside School", (7276,),
     ANITA, B_DEAL_PIPELINE, B_DEAL_OPEN, None, ((B_CHECK_UP, 40, 10),)),
    (TENANT_B, 5486, "Driver fitness camp", "Metro Cabs", (7277,), JOSEPH,
     B_DEAL_PIPELINE, 20732, "185000", ()),
    (TENANT_B, 5487, "Dental camp", "Riverside School", (7276,), JOSEPH,
     B_DEAL_PIPELINE, B_DEAL_OPEN, "64000", ()),
)  # fmt: skip

#: (tenant, id, first name, last name, company, e-mail, mobile, requirement, budget, owner, pipeline,
#: stage); the last lead has hardly anything, as a lead from a web form may.
LEADS = (
    (TENANT_A, 3101, "Kavita", "Sharma", "Jaipur Blue Pottery",
     "kavita@jaipur-pottery.example", "9900020001", "Kiln and installation",
     "540000", ASHA, LEAD_PIPELINE, LEAD_QUALIFIED),
    (TENANT_A, 3102, "Arjun", "Patel", "Surat Silk House", "arjun@surat-silk.example",
     "9900020002", "Loom spares", "85000", RAVI, LEAD_PIPELINE, LEAD_OPEN),
    (TENANT_A, 3103, "Fatima", "Khan", "Charminar Pearls", "fatima@charminar.example",
     "9900020003", "Display cases", "210000", RAVI, LEAD_PIPELINE, LEAD_CONTACTED),
    (TENANT_A, 3104, "Gurpreet", "Singh", "Amritsar Agro", "gurpreet@amritsar-agro.example",
     "9900020004", "Solar pumps", "1475000", MEERA, LEAD_PIPELINE, LEAD_OPEN),
    (TENANT_A, 3105, "Ishita", "Sen", "Howrah Book Depot", "ishita@howrah-books.example",
     None, "Shelving", "132000", ASHA, LEAD_PIPELINE, LEAD_OPEN),
    (TENANT_A, 3106, "Mohan", "Pillai", "Kovalam Ayurveda", "mohan@kovalam.example",
     "9900020006", "Treatment tables", "298000", SHEIKH, LEAD_PIPELINE, LEAD_QUALIFIED),
    (TENANT_A, 3107, "Rekha", "Bhatt", "Valley Hydroponics", "rekha@valley-hydro.example",
     "9900020007", "Grow lights", "367500.50", RAVI, LEAD_PIPELINE, LEAD_QUALIFIED),
    (TENANT_A, 3108, "Dinesh", "Yadav", "Ganga Dairy Farms", None, "9900020008",
     "Milk coolers", "720000", MEERA, LEAD_PIPELINE, LEAD_LOST),
    (TENANT_A, 3109, "Nisha", "Agarwal", "Pink City Events", "nisha@pinkcity.example",
     "9900020009", "Stage lighting", None, ASHA, LEAD_PIPELINE, LEAD_WON),
    (TENANT_A, 3110, None, "Fernandes", None, "fernandes@mail.example", None,
     None, None, RAVI, None, None),
    (TENANT_B, 3201, "Deepa", "Krishnan", "Lotus Yoga Studio",
     "deepa@lotus-yoga.example", "9900030001", "Corporate wellness", "96000",
     ANITA, B_LEAD_PIPELINE, B_LEAD_OPEN),
    (TENANT_B, 3202, "Rahul", "Saxena", "Saxena & Sons", "rahul@saxena.example",
     "9900030002", "Family plan", "42000", JOSEPH, B_LEAD_PIPELINE, B_LEAD_OPEN),
    (TENANT_B, 3203, "Pooja", "Hegde", "Coastal Hotels", "pooja@coastal.example",
     "9900030003", "Staff check-ups", "158000", JOSEPH, B_LEAD_PIPELINE, 5548),
)  # fmt: skip

#: (tenant, kind, record, author, text, hours ago)
NOTES = (
    (TENANT_A, "DEAL", 4485, ASHA, "Site visited. Roof is in good shape; 80 panels fit.", 52),
    (TENANT_A, "DEAL", 4485, RAVI, "Prakash asks for a discount of 5% on the panels.", 27),
    (TENANT_A, "DEAL", 4486, RAVI, "Proposal sent by e-mail.", 30),
    (TENANT_A, "LEAD", 3101, ASHA, "Wants delivery before Diwali.", 40),
    (TENANT_B, "DEAL", 5485, ANITA, "Forty teachers, one Saturday.", 20),
)

_STATUS = ((91001, "Awaited"), (91002, "Part paid"), (91003, "Paid"))
_SOURCES = ((698, "Google"), (699, "Referral"), (700, "Exhibition"))
_CAMPAIGNS = ((697, "Organic"), (701, "Diwali 2026"))

#: (kind, name, name to show, type, options as (id, name)): those of Kylas itself; what only the
#: server writes is internal.
STANDARD_FIELDS = (
    ("lead", "salutation", "Salutation", "PICK_LIST", ((694, "Mr"), (695, "Ms"))),
    ("lead", "firstName", "First Name", "TEXT_FIELD", ()),
    ("lead", "lastName", "Last Name", "TEXT_FIELD", ()),
    ("lead", "emails", "Emails", "EMAIL", ()),
    ("lead", "phoneNumbers", "Phone Numbers", "PHONE", ()),
    ("lead", "companyName", "Company Name", "TEXT_FIELD", ()),
    ("lead", "requirementName", "Requirement", "TEXT_FIELD", ()),
    ("lead", "city", "City", "TEXT_FIELD", ()),
    ("lead", "country", "Country", "PICK_LIST", ((1, "IN"), (2, "AE"))),
    ("lead", "source", "Source", "PICK_LIST", _SOURCES),
    ("lead", "campaign", "Campaign", "PICK_LIST", _CAMPAIGNS),
    ("lead", "pipeline", "Pipeline", "PIPELINE", ()),
    ("lead", "createdAt", "Created At", "DATETIME_PICKER", ()),
    ("deal", "name", "Deal Name", "TEXT_FIELD", ()),
    ("deal", "estimatedValue", "Estimated Value", "MONEY", ()),
    ("deal", "estimatedClosureOn", "Estimated Closure Date", "DATETIME_PICKER", ()),
    ("deal", "ownedBy", "Owner", "LOOK_UP", ()),
    ("deal", "source", "Source", "PICK_LIST", _SOURCES),
    ("deal", "campaign", "Campaign", "PICK_LIST", _CAMPAIGNS),
    ("deal", "pipeline", "Pipeline", "PIPELINE", ()),
    ("deal", "actualClosureDate", "Actual Closure Date", "DATETIME_PICKER", ()),
    ("deal", "createdAt", "Created At", "DATETIME_PICKER", ()),
)
#: What a tenant has added: (tenant, kind, name, name to show, type, options).
CUSTOM_FIELDS = tuple(
    (tenant, kind, *field)
    for tenant in (TENANT_A, TENANT_B)
    for kind in ("lead", "deal")
    for field in (
        ("cfPaymentReference", "Payment reference", "TEXT_FIELD", ()),
        ("cfAmountReceived", "Amount received", "NUMBER", ()),
        ("cfPaidOn", "Paid on", "DATE_PICKER", ()),
        ("cfPaymentStatus", "Payment status", "PICK_LIST", _STATUS),
        ("cfInvoiceSent", "Invoice sent", "TOGGLE", ()),
    )
)
