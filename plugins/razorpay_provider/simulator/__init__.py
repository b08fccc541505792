"""Razorpay on this machine: its wire format with state, for the sandbox and for tests.

Left out on purpose: orders, UPI links, transfers, offers and settlements. A field that isn't
simulated is refused, as Razorpay refuses unknown ones.
"""

from plugins.razorpay_provider.simulator.simulator import RazorpaySimulator
from plugins.razorpay_provider.simulator.webhooks import signed

__all__ = ["RazorpaySimulator", "signed"]
