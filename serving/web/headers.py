"""Headers of every answer, and the largest body that is read."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.problem import problem

#: No script at all, nothing from elsewhere, framed by nobody.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: The same as they leave.
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_NAMES = frozenset(name for name, _ in RAW)
_NO_STORE = (b"cache-control", b"no-store")
LARGEST_BODY = 8 * 1024 * 1024


class Headers:
    """Adds ``HEADERS`` to every answer; what a route does not say may be kept is not kept."""

    def __init__(self, app: ASGIApp) -> None:
        """``app`` is the application inside."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [one for one in message["headers"] if one[0].lower() not in _NAMES]
                kept = any(name.lower() == b"cache-control" for name, _ in own)
                message["headers"] = own + RAW if kept else [*own, *RAW, _NO_STORE]
            await send(message)

        if _declared(scope) > LARGEST_BODY:
            await problem(413, "内容过大，未接收。")(scope, receive, with_headers)
            return
        await self.app(scope, _bounded(receive), with_headers)


def _declared(scope: Scope) -> int:
    sent = dict(scope["headers"]).get(b"content-length", b"0")
    return int(sent) if sent.isdigit() else 0


def _bounded(receive: Receive) -> Receive:
    """The same stream, cut off where it grows past ``LARGEST_BODY`` without having said so."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= LARGEST_BODY else {"type": "http.disconnect"}

    return bounded
