"""The proxies that the environment names."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from attio_nb.errors import SetupError
from attio_nb.network.addresses import is_loopback
from attio_nb.network.bypass import Bypass
from attio_nb.plain_text import on_one_line

__all__ = ["Proxies", "Proxy", "ProxyVariable", "system_proxies"]

SCHEMES = ("http", "https", "socks5", "socks5h")
HOST = re.compile(r"[^\s%]+")
HOST_AND_PORT = re.compile(r"(?:\[[\w:.%]*\]?|[^:/?#%@\uff20]*)(?::[0-9]{0,5})?/*")
LAST_PORT = 65535
SHOWN_CHARACTERS = 100
VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, repr=False)
class Proxy:
    """A proxy.

    Attributes:
        url: Its address, which may hold a password.
        variable: The environment variable that names it.
    """

    url: httpx.URL
    variable: str

    def __str__(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc.decode('ascii')}"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class ProxyVariable:
    """An environment variable that names a proxy.

    Attributes:
        name: Its name.
        value: Its value, which may hold a password.
    """

    name: str
    value: str

    def __repr__(self) -> str:
        return f"{self.name}={_without_credentials(self.value)}"

    def proxy(self) -> Proxy:
        """Return the proxy.

        Raises:
            SetupError: No proxy can be used by this value. The message shows no credentials.
        """
        url = self._url()
        if url.scheme not in SCHEMES:
            raise self._problem(
                f'"{_shown(url.scheme)}" is not a proxy scheme',
                "Write http://, https://, socks5:// or socks5h:// before the host.",
            )
        if url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
            raise self._problem(
                "a SOCKS proxy needs one more library", "Install it: pip install 'httpx[socks]'"
            )
        return Proxy(url, self.name)

    def _url(self) -> httpx.URL:
        address = self.value if "://" in self.value else f"http://{self.value}"
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError):
            url = httpx.URL()
        # Beyond the host an @ belongs to a password that is not percent-encoded.
        beyond = f"{url.path}{url.query!r}{url.fragment}"
        if not HOST.fullmatch(url.host) or not _is_port(url.port) or "@" in beyond:
            raise self._problem(
                "it is no address of a proxy",
                "Write it as http://host:port, with the characters : / ? # @ % of a password "
                "percent-encoded.",
            )
        return url

    def _problem(self, happened: str, fix: str) -> SetupError:
        return SetupError(f"The proxy setting {self!r} cannot be used: {happened}. {fix}")


class Proxies:
    """Finds the proxy for a URL in the environment, as curl does.

    ``https_proxy`` is for https, ``http_proxy`` for http, ``all_proxy`` for what has none of its
    own, ``no_proxy`` lists exceptions; the same names in capital letters count where those in small
    letters are missing. Where a web server runs this as a CGI program, ``HTTP_PROXY`` is ignored,
    since the header ``Proxy`` of any request would set it (https://httpoxy.org). This computer is
    reached without a proxy, whatever the environment says.

    Where none of these variables is set, macOS and Windows are asked for their settings.

    Args:
        environ: The environment.
        system: Returns the proxies that the operating system is set to, by scheme.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        system: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self._environ = environ
        self._ask_system = system or system_proxies
        self._bypass = "", Bypass("")

    def find(self, url: httpx.URL) -> Proxy | None:
        """Return the proxy for a URL, or None where it is reached without one.

        Args:
            url: The URL of a request.

        Raises:
            SetupError: The environment names a proxy that cannot be used, whether or not this
                request would need it; but not where ``NO_PROXY`` lists the host.
        """
        if self._is_exception(url):
            return None
        usable = {scheme: variable.proxy() for scheme, variable in self.variables().items()}
        if is_loopback(url.raw_host.decode("ascii")):
            return None
        return usable.get(url.scheme) or usable.get("all")

    def variables(self) -> dict[str, ProxyVariable]:
        """Return the variables that name a proxy which requests may take, by scheme.

        That is ``all`` only where ``http`` or ``https`` has none of its own: desktops set it to
        ``socks://`` besides the others.
        """
        found = {each: self._variable(f"{each}_proxy") for each in ("http", "https", "all")}
        if found["http"] and found["https"]:
            del found["all"]
        return {scheme: variable for scheme, variable in found.items() if variable}

    def problems(self) -> Iterator[SetupError]:
        """Yield what is wrong with the variables."""
        for variable in self.variables().values():
            try:
                variable.proxy()
            except SetupError as error:
                yield error

    def _variable(self, name: str) -> ProxyVariable | None:
        names = [name, name.upper()]
        if name == "http_proxy" and "REQUEST_METHOD" in self._environ:
            names = [name]
        for each in names:
            # One that is empty switches the proxy off, as in the standard library.
            if (value := self._environ.get(each)) is not None:
                return ProxyVariable(each, value.strip()) if value.strip() else None
        return self._system_setting(name.removesuffix("_proxy"))

    def _system_setting(self, scheme: str) -> ProxyVariable | None:
        value = self._system.get(scheme, "")
        # To look at the names of all variables takes most of the time of a look-up.
        if not value or any(name.lower() in VARIABLES for name in self._environ):
            return None
        return ProxyVariable(f"{scheme} proxy of the operating system", value)

    @functools.cached_property
    def _system(self) -> Mapping[str, str]:
        return self._ask_system()

    def _is_exception(self, url: httpx.URL) -> bool:
        text = self._environ.get("no_proxy", self._environ.get("NO_PROXY", ""))
        if self._bypass[0] != text:
            self._bypass = text, Bypass(text)
        return self._bypass[1].matches(url)


def system_proxies() -> Mapping[str, str]:
    """Return the proxies that macOS or Windows is set to, by scheme; nothing elsewhere."""
    if sys.platform == "darwin":
        from urllib.request import getproxies_macosx_sysconf

        return getproxies_macosx_sysconf()
    if sys.platform == "win32":
        from urllib.request import getproxies_registry

        return getproxies_registry()
    return {}


def _is_port(port: int | None) -> bool:
    return port is None or 0 < port <= LAST_PORT


def _without_credentials(value: str) -> str:
    scheme = re.match(r"[^/@]*://", value)
    before = scheme[0] if scheme else ""
    credentials, _, host = value.removeprefix(before).rpartition("@")
    if not credentials and not HOST_AND_PORT.fullmatch(host):
        # A password whose @ is missing or encoded.
        host = "…"
    return _shown(before + host)


def _shown(text: str) -> str:
    escaped = on_one_line(text)
    return escaped if len(escaped) <= SHOWN_CHARACTERS else f"{escaped[:SHOWN_CHARACTERS]}…"
