"""Header fields with a value that is sent with one request, and copied into no other."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

import httpx

from attio_nb.connections.secret import SecretBytes

__all__ = ["CONCEALED", "SealedHeaders"]

CONCEALED = "[secure]"
"""What stands in a request in place of a value that was sent, as httpx shows such headers."""


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
        self._sealed: dict[str, tuple[bytes, SecretBytes]] = (
            dict(headers._sealed) if isinstance(headers, SealedHeaders) else {}
        )

    def seal(self, name: str, value: SecretBytes) -> None:
        """Set a header field, in place of the fields of this name."""
        self.pop(name, None)
        self._sealed[name.lower()] = name.encode("ascii"), value

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
        self._sealed.pop(key.lower(), None)
        super().__setitem__(key, value)

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

    def _sealed_value(self, key: str) -> _Shown | None:
        found = self._sealed.get(key.lower())
        return None if found is None else _Shown(found[1].decode("latin-1"))

    def _sealed_items(self) -> list[tuple[str, str]]:
        return [
            (name, _Shown(value.decode("latin-1"))) for name, (_, value) in self._sealed.items()
        ]
