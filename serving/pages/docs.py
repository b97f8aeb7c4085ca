"""The API's documentation as a page: read from the OpenAPI that programs read."""

from __future__ import annotations

from typing import Any

from serving.pages.contexts import Operation


def operations(openapi: dict[str, Any]) -> tuple[Operation, ...]:
    """Every operation of the document, in its order."""
    return tuple(
        _operation(method, path, said)
        for path, methods in openapi["paths"].items()
        for method, said in methods.items()
    )


def _operation(method: str, path: str, said: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=said.get("description", said.get("summary", "")),
        who=said.get("x-right", ""),
        parameters=tuple(
            (p["name"], p["in"], bool(p.get("required"))) for p in said.get("parameters", ())
        ),
        answers=tuple(
            (status, answer.get("description", "")) for status, answer in said["responses"].items()
        ),
    )
