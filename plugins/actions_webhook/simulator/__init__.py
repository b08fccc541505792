"""A receiver of webhooks: it verifies what comes in as Standard Webhooks asks, and shows it."""

import base64
import hmac
import json
from pathlib import Path

from webob import Request, Response

from core.testing.simulator import Refused, Simulator, answer, route
from core.testing.store import Doc

#: What the receiver signs with; nobody else's.
SECRET = "whsec_c2FuZGJveCByZWNlaXZlciBvZiBvcmRlcnMsIDMyIGI="  # noqa: S105 a sandbox's own
_TOLERANCE = 300  # seconds


class WebhookReceiver(Simulator):
    """``/hooks/orders`` takes messages; ``/hooks/gone`` wants no more of them."""

    id = "actions_webhook"
    title = "A receiver of webhooks"
    hints = (
        "Add a rule that sends a webhook to the address on its page, with the secret beside it, and see "
        "the message arrive.",
    )
    templates = Path(__file__).parent / "templates"
    static = Path(__file__).parent / "static"

    @route("GET", "/")
    def home(self, request: Request) -> Response:
        shown = [(one, json.dumps(one["message"], indent=1)) for one in reversed(self.messages())]
        return self.render(
            "messages.html", address=f"{self.base_url}/hooks/orders", secret=SECRET, shown=shown
        )

    @route("POST", "/hooks/orders")
    def receive(self, request: Request) -> Response:
        """A message that was here before is answered like the first one, and kept once."""
        message_id = self._verified(request)
        if self.store.get("message", message_id) is None:
            doc: Doc = {"id": message_id, "message": json.loads(request.body), "at": self.clock()}
            self.store.put("message", message_id, doc)
        return answer({"received": message_id})

    @route("POST", "/hooks/gone")
    def gone(self, request: Request) -> Response:
        return answer({"error": "no more"}, 410)

    @route("POST", "/hooks/moved")
    def moved(self, request: Request) -> Response:
        return Response(status=308, location=f"{self.base_url}/hooks/orders")

    def faulty(self, request: Request) -> bool:
        return str(request.path_info).startswith("/hooks")

    def messages(self) -> list[Doc]:
        """What has come in, oldest first, each once."""
        return self.store.all("message")

    def _verified(self, request: Request) -> str:
        """The message's id. Raises Refused with 401 for what isn't signed, or was signed long ago."""
        message_id = request.headers.get("webhook-id", "")
        stamp = request.headers.get("webhook-timestamp", "")
        if not (message_id and stamp.isdecimal()) or abs(self.clock() - int(stamp)) > _TOLERANCE:
            raise Refused(answer({"error": "timestamp"}, 401))
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = b".".join((message_id.encode(), stamp.encode(), request.body))
        expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        given = (one.split(",", 1) for one in request.headers.get("webhook-signature", "").split())
        if not any(one[0] == "v1" and hmac.compare_digest(one[-1], expected) for one in given):
            raise Refused(answer({"error": "signature"}, 401))
        return str(message_id)
