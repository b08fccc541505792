"""The properties that every account has: as many of HubSpot's as a sales person meets."""

from typing import Any

_YES_NO = (("true", "Yes"), ("false", "No"))

#: By kind: name, label, type, field type, options, marks; see definitions.definition.
STANDARD: dict[str, tuple[tuple[Any, ...], ...]] = {
    "deals": (
        ("dealname", "Deal Name", "string", "text"),
        ("amount", "Amount", "number", "number"),
        ("deal_currency_code", "Currency", "enumeration", "select",
         (("GBP", "GBP"), ("EUR", "EUR"), ("JPY", "JPY"), ("KWD", "KWD"), ("CAD", "CAD"))),
        ("pipeline", "Pipeline", "enumeration", "select"),
        ("dealstage", "Deal Stage", "enumeration", "radio"),
        ("closedate", "Close Date", "datetime", "date"),
        ("hubspot_owner_id", "Deal owner", "enumeration", "select"),
        ("closed_lost_reason", "Closed Lost Reason", "string", "textarea"),
        ("closed_won_reason", "Closed Won Reason", "string", "textarea"),
        ("description", "Deal Description", "string", "textarea"),
        ("dealtype", "Deal Type", "enumeration", "radio",
         (("newbusiness", "New Business"), ("existingbusiness", "Existing Business"))),
        ("hs_is_closed", "Is Deal Closed?", "bool", "booleancheckbox", _YES_NO, "calculated"),
        ("hs_object_id", "Record ID", "number", "number", (), "read_only"),
        ("createdate", "Create Date", "datetime", "date", (), "read_only"),
        ("hs_lastmodifieddate", "Last Modified Date", "datetime", "date", (), "read_only"),
    ),
    "contacts": (
        ("firstname", "First Name", "string", "text"),
        ("lastname", "Last Name", "string", "text"),
        ("email", "Email", "string", "text"),
        ("phone", "Phone Number", "string", "phonenumber"),
        ("mobilephone", "Mobile Phone Number", "string", "phonenumber"),
        ("company", "Company Name", "string", "text"),
        ("hubspot_owner_id", "Contact owner", "enumeration", "select"),
        ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio",
         (("lead", "Lead"), ("opportunity", "Opportunity"), ("customer", "Customer"))),
        ("hs_object_id", "Record ID", "number", "number", (), "read_only"),
        ("createdate", "Create Date", "datetime", "date", (), "read_only"),
        ("lastmodifieddate", "Last Modified Date", "datetime", "date", (), "read_only"),
    ),
    "notes": (
        ("hs_note_body", "Note body", "string", "html"),
        ("hs_timestamp", "Activity date", "datetime", "date"),
        ("hubspot_owner_id", "Activity assigned to", "enumeration", "select"),
        ("hs_attachment_ids", "Attachments", "enumeration", "checkbox"),
        ("hs_object_id", "Record ID", "number", "number", (), "read_only"),
        ("hs_createdate", "Create date", "datetime", "date", (), "read_only"),
        ("hs_lastmodifieddate", "Last modified date", "datetime", "date", (), "read_only"),
    ),
    "tasks": (
        ("hs_task_subject", "Task Title", "string", "text"),
        ("hs_task_body", "Task Notes", "string", "html"),
        ("hs_timestamp", "Due date", "datetime", "date"),
        ("hs_task_status", "Task Status", "enumeration", "select",
         (("NOT_STARTED", "Not started"), ("IN_PROGRESS", "In progress"), ("WAITING", "Waiting"),
          ("DEFERRED", "Deferred"), ("COMPLETED", "Completed"))),
        ("hs_task_priority", "Priority", "enumeration", "select",
         (("NONE", "None"), ("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High"))),
        ("hs_task_type", "Task Type", "enumeration", "select",
         (("EMAIL", "Email"), ("CALL", "Call"), ("TODO", "To-do"))),
        ("hubspot_owner_id", "Assigned to", "enumeration", "select"),
        ("hs_object_id", "Record ID", "number", "number", (), "read_only"),
        ("hs_createdate", "Create date", "datetime", "date", (), "read_only"),
        ("hs_lastmodifieddate", "Last modified date", "datetime", "date", (), "read_only"),
    ),
}  # fmt: skip
