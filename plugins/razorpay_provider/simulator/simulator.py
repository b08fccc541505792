"""The simulator: Razorpay's API beside the payer's page and the dashboard, over one store."""

from plugins.razorpay_provider.simulator.dashboard import Dashboard


class RazorpaySimulator(Dashboard):
    """Razorpay, as far as payment links need it.

    Tests reach into it with ``account(id)`` and shorten ``webhooks.retry_delays``.
    """

    hints = (
        "Connect an account in Dealpay with the key ID, key secret and Merchant ID that the dashboard "
        "shows.",
        "Add a webhook in the dashboard with the address that Dealpay shows, and paste its secret "
        "there: Razorpay has no other way.",
        "Open a payment link: it is paid by one click, in parts where that is allowed, and it can be "
        "let expire.",
        "Refund or dispute a payment in the dashboard, under Payments.",
    )
