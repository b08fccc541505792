"""Sending a link from the rep's own mail, chat or phone: nothing to connect, nothing sent by us."""

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from core.api.text import _
from core.links.models import PaymentLink
from core.web.qr import qr_picture


@dataclass(frozen=True, slots=True)
class Share:
    """Addresses that open a message with the link in it, and the link as a picture."""

    mail: str
    whatsapp: str
    sms: str
    qr: Markup


def share(link: PaymentLink, amount: str) -> Share:
    """How to send a link that has an address; ``amount`` is as its reader writes it."""
    url = link.url or ""
    subject = _("Payment of %(amount)s", amount=amount)
    text = _("Here is your payment link for %(amount)s: %(url)s", amount=amount, url=url)
    to, phone = quote(link.payer_email or "", safe="@"), link.payer_phone or ""
    said = quote(text, safe="")
    return Share(
        mail=f"mailto:{to}?subject={quote(subject, safe='')}&body={said}",
        whatsapp=f"https://wa.me/{phone.removeprefix('+')}?text={said}",
        # Phones agree on this form: one takes what is behind "&", the other what is behind "?".
        sms=f"sms:{phone}?&body={said}",
        qr=qr_picture(url, _("QR code of the payment link")),
    )
