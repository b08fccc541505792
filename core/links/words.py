"""What the states of links and payments, and kinds of things, are called where they are shown."""

from collections.abc import Mapping

from core.api.text import N_, show
from core.links import odd

STATES: Mapping[str, str] = {
    "draft": N_("Being made"),
    "open": N_("Open"),
    "part_paid": N_("Part paid"),
    "paid": N_("Paid"),
    "expired": N_("Expired"),
    "deactivated": N_("Deactivated"),
    # Of lists only.
    "unpaid": N_("Unpaid"),
    "attention": N_("Needs attention"),
}
#: What is read out when a link has come into a state.
NEWS: Mapping[str, str] = {
    "draft": N_("The link is being made now."),
    "open": N_("The link is open now."),
    "part_paid": N_("The link is part paid now."),
    "paid": N_("The link is paid now."),
    "expired": N_("The link is expired now."),
    "deactivated": N_("The link is deactivated now."),
}
KINDS: Mapping[str, str] = {
    "lead": N_("Lead"),
    "deal": N_("Deal"),
    "contact": N_("Contact"),
    "company": N_("Company"),
}
MODES: Mapping[str, str] = {"test": N_("test mode"), "live": N_("live mode")}
METHODS: Mapping[str, str] = {
    "card": N_("card"),
    "upi": N_("UPI"),
    "netbanking": N_("netbanking"),
    "wallet": N_("wallet"),
    "emi": N_("instalments"),
    "bank transfer": N_("bank transfer"),
    "sepa_debit": N_("SEPA debit"),
    "us_bank_account": N_("bank debit"),
}
REASONS: Mapping[str, str] = {
    "duplicate": N_("duplicate"),
    "fraudulent": N_("fraudulent"),
    "requested_by_customer": N_("requested by customer"),
    "product_not_received": N_("product not received"),
    "product_unacceptable": N_("product unacceptable"),
    "subscription_canceled": N_("subscription canceled"),
    "credit_not_processed": N_("credit not processed"),
    "unrecognized": N_("unrecognized"),
    "general": N_("general"),
    "generic_decline": N_("the bank declined it"),
    "insufficient_funds": N_("not enough money"),
    "expired_card": N_("the card has expired"),
    "incorrect_number": N_("wrong card number"),
    "incorrect_cvc": N_("wrong security code"),
    "authentication_required": N_("the customer did not confirm it with their bank"),
    "payment_cancelled": N_("the customer cancelled it"),
    "payment_timed_out": N_("the customer took too long"),
    "processing_error": N_("an error at the bank"),
    "card_velocity_exceeded": N_("the limit of the card is reached"),
}


def said(words: Mapping[str, str], value: str) -> str:
    """The word for a value, in the reader's language; of one that nobody has a word for, itself."""
    return show(words[value]) if value in words else value.replace("_", " ")


def kind_said(kind: str) -> str:
    """``Deal``: a kind of record, as the head of a column."""
    return said(KINDS, kind) if kind in KINDS else kind.replace("_", " ").capitalize()


FILTERS = {
    "state_word": lambda state: said(STATES, state),
    "state_news": lambda state: said(NEWS, state),
    "kind_word": kind_said,
    "mode_word": lambda mode: said(MODES, mode),
    "method_word": lambda method: said(METHODS, method),
    "reason_word": lambda reason: said(REASONS, reason),
    "oddity": odd.said,
}
