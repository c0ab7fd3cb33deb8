"""Header fields with a value that is sent with one request, and copied into no other."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

import httpx

from attio_nb.connections.secret import SecretBytes

__all__ = ["CONCEALED", "SealedHeaders", "conceal", "seal"]

CONCEALED = "[secure]"
"""What stands in a request in place of a value that was sent, as httpx shows such headers."""


_SealedFields = dict[str, tuple[bytes, SecretBytes]]
"""The name as it is sent, and the value, by the name in lower case."""


def seal(request: httpx.Request, name: str, value: SecretBytes) -> None:
    """Set a header field of a request so that no request which a redirect makes of it has it.

    Args:
        request: The request.
        name: The name of the field.
        value: Its value.
    """
    headers = SealedHeaders(request.headers)
    headers.seal(name, value)
    request.headers = headers
    if type(request) is httpx.Request:
        request.__class__ = _SealedRequest


def conceal(request: httpx.Request, name: str) -> None:
    """Put ``[secure]`` in place of the value of a header field, which was sent.

    Args:
        request: A request, or one that a redirect made of it.
        name: The name of the field.
    """
    request.headers[name] = CONCEALED
    if isinstance(request, _SealedRequest) and not request.headers.has_sealed:
        request.__class__ = httpx.Request  # type: ignore[assignment]


class _Shown(str):
    """A header value for a transport: only its ``repr`` is masked.

    `SecretStr` will not do: aiohttp sends what ``str()`` makes of a value.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(CONCEALED)


class SealedHeaders(httpx.Headers):
    """The headers of a request, of which some have a sealed value.

    Whoever reads these headers sees the sealed values, as every transport has to. A copy by
    ``httpx.Headers(headers)`` is without them. By such a copy httpx makes the headers of the
    request that a redirect leads to, and there is no other moment at which every transport could
    be kept from sending the value to another origin.

    Args:
        headers: The headers so far; what they have sealed is sealed here too.
    """

    def __init__(self, headers: httpx.Headers) -> None:
        super().__init__(headers)
        self._sealed: _SealedFields = (
            dict(headers._sealed) if isinstance(headers, SealedHeaders) else {}
        )

    def seal(self, name: str, value: SecretBytes) -> None:
        """Set a header field, in place of the fields of this name."""
        self.pop(name, None)
        self._sealed[name.lower()] = name.encode("ascii"), value

    def with_copies_sealed(self, headers: httpx.Headers) -> SealedHeaders:
        """Return other headers, in which the values that are sealed here are sealed as well.

        Args:
            headers: What may have been copied from these headers, value by value.
        """
        other = SealedHeaders(headers)
        other._seal_copies(self._sealed)
        return other

    @property
    def has_sealed(self) -> bool:
        """Whether any value is sealed."""
        return bool(self._sealed)

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """The fields as they are sent."""
        return [*super().raw, *self._sealed.values()]

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return dict(self.items()).keys()

    def values(self) -> ValuesView[str]:
        """Return the values; the ``repr`` of a sealed one is masked."""
        return dict(self.items()).values()

    def items(self) -> ItemsView[str, str]:
        """Return names and values; the ``repr`` of a sealed one is masked."""
        return {**dict(super().items()), **dict(self._sealed_items())}.items()

    def multi_items(self) -> list[tuple[str, str]]:
        """Return names and values, a name as often as it occurs."""
        return [*super().multi_items(), *self._sealed_items()]

    def get_list(self, key: str, split_commas: bool = False) -> list[str]:
        """Return the values of a name."""
        found = self._sealed_value(key)
        return super().get_list(key, split_commas) if found is None else [found]

    def copy(self) -> SealedHeaders:
        """Return a copy with the sealed values."""
        return SealedHeaders(self)

    def __getitem__(self, key: str) -> str:
        found = self._sealed_value(key)
        return super().__getitem__(key) if found is None else found

    def __setitem__(self, key: str, value: str) -> None:
        found = self._sealed.pop(key.lower(), None)
        super().__setitem__(key, value)
        if found is not None:
            self._seal_copies({key.lower(): found})

    def update(self, headers: Any = None) -> None:  # type: ignore[override]
        """Set fields in place of those with the same names."""
        before = dict(self._sealed)
        super().update(headers)
        self._seal_copies(before)

    def __delitem__(self, key: str) -> None:
        if self._sealed.pop(key.lower(), None) is None:
            super().__delitem__(key)

    def __contains__(self, key: Any) -> bool:
        return super().__contains__(key) or key.lower() in self._sealed

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return super().__len__() + len(self._sealed)

    def __repr__(self) -> str:
        shown = httpx.Headers(self)
        for name in self._sealed:
            shown[name] = CONCEALED
        return repr(shown)

    def _seal_copies(self, sealed: _SealedFields) -> None:
        for name, (written, value) in sealed.items():
            if value.decode("latin-1") in super().get_list(name):
                self.seal(written.decode("ascii"), value)

    def _sealed_value(self, key: str) -> _Shown | None:
        found = self._sealed.get(key.lower())
        return None if found is None else _Shown(found[1].decode("latin-1"))

    def _sealed_items(self) -> list[tuple[str, str]]:
        return [
            (name, _Shown(value.decode("latin-1"))) for name, (_, value) in self._sealed.items()
        ]


class _SealedRequest(httpx.Request):
    """A request whose headers stay sealed where a hook puts a copy in their place.

    httpx calls a request hook after the auth flow and before the transport. From a plain copy,
    ``httpx.Headers(dict(request.headers))``, the value would get into the request that a redirect
    to another origin leads to.
    """

    @property
    def headers(self) -> SealedHeaders:
        found: SealedHeaders = self.__dict__["headers"]
        return found

    @headers.setter
    def headers(self, headers: httpx.Headers) -> None:
        self.__dict__["headers"] = self.headers.with_copies_sealed(headers)
