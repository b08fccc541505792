"""Where providers deliver their webhooks."""

from pyramid.request import Request
from pyramid.response import Response

from core.inbox import service
from core.web.pages import machine


@machine("webhook", method="POST")
def receive(request: Request) -> Response:
    """200 for anything verified, 400 for anything else; the provider is told no more than that."""
    received = service.receive(
        request.app,
        request.matchdict["provider"],
        request.matchdict["token"],
        request.body,
        dict(request.headers),
    )
    status = {"stored": 200, "refused": 400, "unknown": 404, "later": 503}[received.answer]
    return Response(json_body={"received": received.answer == "stored"}, status=status)
