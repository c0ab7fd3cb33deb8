"""Somebody who signs in: visits a provider's pages and fills in their forms, without a browser."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

USER, PASSWORD = "alice", "correct horse"
AGREES = ("Sign in", "Allow", "Authorize", "Verify", "Accept", "Continue")
REFUSES = ("Deny", "Cancel")
MOST_STEPS = 30
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain http: it takes long to load the authorities that every other context trusts."""


@dataclass
class Form:
    """A form of a page: where it goes, what stands in it, and what its buttons add to that."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)

    def sent(self, label: str, typed: Mapping[str, str]) -> dict[str, str]:
        """Return what is sent when a button is pressed, or when the page sends it by itself."""
        texts = {name: typed.get(name) or value for name, value in self.fields.items()}
        return {**texts, **self.buttons.get(label, {})}


class Page(HTMLParser):
    """Reads the form of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.form: Form | None = None
        self._button: dict[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(said.get("action", ""))
        if self.form is None:
            return
        pair = {said["name"]: said.get("value", "")} if "name" in said else {}
        if tag == "button":
            self._button = pair
        elif tag == "input" and said.get("type") == "submit":
            self.form.buttons[said["value"]] = pair
        elif tag == "input":
            self.form.fields.update(pair)

    def handle_data(self, data: str) -> None:
        if self._button is not None and self.form is not None:
            self.form.buttons[data.strip()] = self._button
            self._button = None


def browser() -> httpx.Client:
    """Return a browser that has seen nothing yet and follows no redirect."""
    return httpx.Client(timeout=30, verify=NO_TLS)


def visit(url: str, **headers: str) -> httpx.Response:
    """Visit one page."""
    with browser() as client:
        return client.get(url, headers=headers)


def sign_in(url: str, *, refuse: bool = False, user_code: str = "") -> str:
    """Visit a page of a provider, do what its pages ask for, and return where that ends.

    Args:
        url: The page.
        refuse: Whether to say no where access is asked for.
        user_code: What another device shows.

    Returns:
        The address that the browser would be sent to at another server, which is not visited; or
        the address of the last page.
    """
    labels = (*REFUSES, *AGREES) if refuse else AGREES
    typed = {"username": USER, "password": PASSWORD, "user_code": user_code}
    said_no = False
    with browser() as client:
        answer = client.get(url)
        for _ in range(MOST_STEPS):
            here = str(answer.url)
            if answer.is_redirect:
                there = urljoin(here, answer.headers["location"])
                if urlsplit(there)[:2] != urlsplit(url)[:2]:
                    return there
                answer = client.get(there)
                continue
            form = Page(answer.text).form
            if form is None or said_no:
                return here
            label = next((label for label in labels if label in form.buttons), "")
            said_no = label in REFUSES
            answer = client.post(urljoin(here, form.action), data=form.sent(label, typed))
    raise AssertionError(f"The pages of {url} do not end")
