"""Proxies on loopback that forward nothing but what they are told to, and keep what they saw."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

BYTES = 65536


class RecordingProxy(NamedTuple):
    url: str
    seen: list[bytes]


@contextlib.contextmanager
def socks_proxy(port: int) -> Iterator[RecordingProxy]:
    """Run a SOCKS5 proxy (RFC 1928) that connects to a port of loopback, whatever it is asked."""
    seen: list[bytes] = []

    def serve(client: socket.socket) -> None:
        client.recv(BYTES)
        client.sendall(b"\x05\x00")
        client.recv(BYTES)
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        _tunnel(client, port, seen)

    with _listening(serve) as listening:
        yield RecordingProxy(f"socks5://127.0.0.1:{listening}", seen)


@contextlib.contextmanager
def connect_proxy(
    port: int, *, tls: ssl.SSLContext | None = None, status: str = "200 OK"
) -> Iterator[RecordingProxy]:
    """Run an HTTP proxy whose tunnels lead to a port of loopback, whatever they are asked for."""
    seen: list[bytes] = []

    def serve(raw: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client = tls.wrap_socket(raw, server_side=True) if tls else raw
            with client:
                seen.append(client.recv(BYTES))
                client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                if status.startswith("200"):
                    _tunnel(client, port, seen)

    with _listening(serve) as listening:
        yield RecordingProxy(f"http{'s' if tls else ''}://127.0.0.1:{listening}", seen)


@contextlib.contextmanager
def scripted_proxy(answers: list[bytes]) -> Iterator[str]:
    """Run what answers each message with the next of some bytes, then closes; yield its address."""

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            for answer in answers:
                client.recv(BYTES)
                client.sendall(answer)

    with _listening(serve) as listening:
        yield f"127.0.0.1:{listening}"


@contextlib.contextmanager
def serving_nothing() -> Iterator[str]:
    """Accept connections and answer nothing, until the client has gone; yield the address."""

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while client.recv(BYTES):
                pass

    with _listening(serve) as listening:
        yield f"127.0.0.1:{listening}"


def _tunnel(client: socket.socket, port: int, seen: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=_copy, args=(server, client, []))
        back.start()
        _copy(client, server, seen)
        back.join()


def _copy(source: socket.socket, target: socket.socket, seen: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(BYTES):
            seen.append(data)
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    threads: list[threading.Thread] = []

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threads.append(threading.Thread(target=_run, args=(serve, client)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, args=(listener,))
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join(10)


def _run(serve: Callable[[socket.socket], None], client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        serve(client)
