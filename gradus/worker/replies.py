"""Reads a worker's replies; nothing in one can make the grader raise anything but what is meant."""

from __future__ import annotations

from typing import Any

from gradus.worker import wire
from gradus.worker.failures import StudentError, WorkerFailure, escape_output

MESSAGE_CAP = 2_000
LAST_LINE = 10**9
FATAL_KINDS = ("memory limit", "exited early", "protocol error")
"""Kinds of an error reply after which the worker is not used again."""


def open_reply(
    reply: dict[str, Any], number: int
) -> tuple[Any, StudentError | WorkerFailure | None]:
    """The value of a reply, or the error that it tells of; `ProtocolError` if it is neither.

    Every text in it is escaped, so that it can be shown, stored and sent on.
    """
    if reply.get("id") != number or type(reply["id"]) is not int:
        raise wire.ProtocolError("the reply does not belong to the request")
    ok = reply.get("ok")
    if ok is True and set(reply) == {"id", "ok", "value"}:
        return _escaped(reply["value"]), None
    if ok is False and set(reply) == {"id", "ok", "error"} and type(reply["error"]) is dict:
        return None, _open_error(reply["error"])
    raise wire.ProtocolError("the reply has neither a value nor an error")


def _open_error(fields: dict[str, Any]) -> StudentError | WorkerFailure:
    kind = _text(fields.get("kind")) or "raised"
    name = (_text(fields.get("type")) or "").strip() or "Exception"
    message, file = _text(fields.get("message")) or "", _text(fields.get("file"))
    line = _line(fields.get("line"))
    if kind in FATAL_KINDS:
        said = f"{name}: {message}" if message else name
        return WorkerFailure(kind, f": {' '.join(said.split())}", file=file, line=line)
    details = fields.get("details")
    return StudentError(
        kind=kind,
        type=name,
        message=message,
        file=file,
        line=line,
        function=_text(fields.get("function")),
        source=_text(fields.get("source")),
        details=_details(details) if type(details) is dict else {},
    )


def _line(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= LAST_LINE else None


def _flag(value: Any) -> bool:
    return value is True


def _details(fields: dict[str, Any]) -> dict[str, Any]:
    """What an adapter adds to an error; the engine's own words in it have the forms they should."""
    details: dict[str, Any] = _escaped(fields)
    for name, form in (("file", _text), ("line", _line), ("pending", _flag)):
        if name in fields:
            details[name] = form(fields[name])
    return details


def _text(value: Any) -> str | None:
    return escape_output(value[:MESSAGE_CAP]) if type(value) is str else None


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape_output(value)
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {escape_output(key): _escaped(item) for key, item in value.items()}
    if isinstance(value, wire.Opaque):
        return wire.Opaque(escape_output(value.type_name))
    if isinstance(value, wire.Uploaded):
        return wire.Uploaded(escape_output(value.name))
    return value
