"""What a new note says at first, by the event it is for; whoever makes the rule may change it."""

LINK_MADE = """\
Payment link {{link.id}} for {{link.amount}} was generated on {{date}} by {{link.created_by}}.
{{link.url}}"""

DRAFTS = {
    "link.created": LINK_MADE,
    "payment.succeeded": "{{payer.name}} paid {{payment.amount}} by {{payment.method}} on {{date}}.",
    "link.paid": "Payment link {{link.id}} for {{link.amount}} was paid in full on {{date}}.",
    "payment.pending": (
        "{{payer.name}} paid {{payment.amount}} by {{payment.method}} on {{date}}. The money takes "
        "some days to arrive: there is nothing more to pay."
    ),
    "link.opened": (
        "Payment link {{link.id}} for {{link.amount}} was opened for the first time on {{date}}."
    ),
    "payment.failed": (
        "The payment of {{payment.amount}} by {{payer.name}} failed on {{date}}. "
        "Reason: {{payment.reason}}."
    ),
    "link.part_paid": (
        "{{payer.name}} paid {{payment.amount}} by {{payment.method}} on {{date}}, a part of payment "
        "link {{link.id}} for {{link.amount}}. Still to be paid: {{link.due}}."
    ),
    "link.expired": (
        "Payment link {{link.id}} for {{link.amount}} expired on {{date}}. Not paid of it: {{link.due}}."
    ),
    "payment.refunded": (
        "{{refund.amount}} of the {{payment.amount}} that {{payer.name}} paid was refunded on "
        "{{date}}. Left of all that was paid on link {{link.id}}: {{link.left}}."
    ),
    "dispute.opened": (
        "{{payer.name}} disputes {{dispute.amount}} of payment link {{link.id}} with their bank. "
        "Reason: {{dispute.reason}}. Answer by {{dispute.due_by}}."
    ),
    "dispute.closed": (
        "The dispute about {{dispute.amount}} of payment link {{link.id}} was {{dispute.state}} on "
        "{{date}}. Left of all that was paid on it: {{link.left}}."
    ),
}
