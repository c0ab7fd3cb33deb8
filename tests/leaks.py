"""Looks for a value in an error: in all that hangs on it, and in every encoding."""

from __future__ import annotations

import base64
import binascii
import re
import types
import urllib.parse
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from attio_nb.connections.secret import SecretBytes, SecretStr

DEPTH = 12
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
TESTS = str(Path(__file__).parent)
OURS = ("attio_nb", "httpx", "httpcore", "h11", "json", "io", "ssl", "socket", "_io", "http")
"""Modules into whose objects one has to look."""

OPAQUE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def leaks(error: BaseException, *secrets: str) -> list[str]:
    """Return where an error holds a secret: the ways from it to the texts that do.

    A masked string and masked bytes are allowed: nothing shows them unless it is meant to.

    Args:
        error: What was caught.
        secrets: What must not be found.
    """
    return [way for way, text in _texts(error) if any(_holds(text, each) for each in secrets)]


def _holds(text: str, secret: str) -> bool:
    if len(secret) < 4:
        raise AssertionError("Plant a longer secret.")
    return any(secret in form for form in _forms(text))


def _forms(text: str) -> Iterator[str]:
    yield text
    yield urllib.parse.unquote_plus(text)
    for found in BASE64.findall(text):
        for start in range(4):
            part = found[start:].rstrip("=").replace("-", "+").replace("_", "/")
            try:
                yield base64.b64decode(part[: len(part) // 4 * 4]).decode("latin-1")
                yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("latin-1")
            except (binascii.Error, ValueError):
                continue


def _texts(error: BaseException) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Any, int]] = [("error", error, 0)]
    seen: set[int] = set()
    kept: list[Any] = []
    while waiting:
        way, value, depth = waiting.pop()
        if isinstance(value, SecretStr | SecretBytes):
            continue
        if isinstance(value, str):
            yield way, str.__str__(value)
        elif isinstance(value, bytes | bytearray | memoryview):
            yield way, bytes(value).decode("latin-1")
        elif depth < DEPTH and id(value) not in seen:
            seen.add(id(value))
            # An id is that of a living object only.
            kept.append(value)
            waiting += [
                (f"{way}{step}", each, 0 if isinstance(each, BaseException) else depth + 1)
                for step, each in _parts(value)
            ]


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for at, (key, each) in enumerate(list(value.items())):
            yield f".key({at})", key
            yield f"[{key!r}]", each
    elif isinstance(value, list | tuple | AbstractSet):
        yield from ((f"[{at}]", each) for at, each in enumerate(list(value)))
    elif isinstance(value, BaseException):
        yield from _parts_of_error(value)
    elif isinstance(value, types.MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, types.GeneratorType) and value.gi_frame is not None:
        yield ".gi_frame", dict(value.gi_frame.f_locals)
    if isinstance(value, BaseException) or _is_looked_into(value):
        yield from ((f".{name}", each) for name, each in getattr(value, "__dict__", {}).items())
        for kind in type(value).__mro__:
            for name in getattr(kind, "__slots__", ()):
                if hasattr(value, name):
                    yield f".{name}", getattr(value, name)


def _is_looked_into(value: Any) -> bool:
    if isinstance(value, OPAQUE):
        return False
    return (type(value).__module__ or "").partition(".")[0] in OURS


def _parts_of_error(error: BaseException) -> Iterator[tuple[str, Any]]:
    yield ".args", error.args
    yield ".__cause__", error.__cause__
    yield ".__context__", error.__context__
    for name in ("object", "doc", "request", "response", "exceptions", "strerror", "filename"):
        try:
            yield f".{name}", getattr(error, name, None)
        except RuntimeError:
            # httpx: the request was not set.
            continue
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(TESTS):
            yield f" in {code.co_qualname}", dict(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
