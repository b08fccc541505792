"""Razorpay as it might behave as well: what its documentation leaves open."""

from webob import Request

from core.testing.simulator import answer
from plugins.razorpay_provider.simulator import RazorpaySimulator
from plugins.razorpay_provider.simulator.errors import Refusal


class Lagging(RazorpaySimulator):
    """Its list doesn't show a link yet that was just made."""

    lags = True

    def list_links(self, request):
        return answer({"payment_links": []}) if self.lags else super().list_links(request)

    list_links.routes = RazorpaySimulator.list_links.routes


class Overlooking(RazorpaySimulator):
    """Gives three of a list, however many are asked for, and knows neither reference nor time."""

    def list_links(self, request):
        skip = request.GET.get("skip", "0")
        fewer = Request.blank(f"/v1/payment_links?count=3&skip={skip}", headers=request.headers)
        return super().list_links(fewer)

    list_links.routes = RazorpaySimulator.list_links.routes


class WithoutDisputes(RazorpaySimulator):
    """Razorpay says of a feature that an account doesn't have that its URL isn't there."""

    def list_disputes(self, request):
        return self.not_found(request)

    list_disputes.routes = RazorpaySimulator.list_disputes.routes


class Suspended(RazorpaySimulator):
    """Cancels nothing."""

    def cancel_link(self, request, id):
        return answer(Refusal("Merchant is Suspended.").body, 400)

    cancel_link.routes = RazorpaySimulator.cancel_link.routes
