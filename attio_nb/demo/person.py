"""Whoever sits in front of the notebook that is played: types, and signs in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

__all__ = ["Person", "Say"]

READING_SECONDS = 0.2
ADDRESS = re.compile(r"https?://\S+/oauth/authorize\?\S+")
GRANT = re.compile(r'name="grant" value="([^"]+)"')
WAITING = "waiting for the browser"

Say = Callable[[str], None]


class Person:
    """Does in one cell what its metadata says, and nothing else.

    Args:
        script: ``types``, what to type at each prompt; ``signs_in_as``, who to be at each sign-in;
            ``at_the_provider``, ``expire`` or ``revoke`` for what to do there before the cell runs.
        sandbox_url: Where the sandbox is.
        say: Prints a line.

    Attributes:
        asked: How often somebody was asked.
    """

    def __init__(self, script: Mapping[str, Any], *, sandbox_url: str, say: Say) -> None:
        self._answers = iter(script.get("types", ()))
        self._accounts = iter(script.get("signs_in_as", ()))
        self._change = script.get("at_the_provider", "")
        self._sandbox_url = sandbox_url
        self._say = say
        self._address = ""
        self.expected = len(script.get("types", ())) + len(script.get("signs_in_as", ()))
        self.asked = 0

    async def prepare(self) -> None:
        """Do what is to be done before the cell runs."""
        if not self._change:
            return
        async with httpx.AsyncClient(
            base_url=self._sandbox_url, follow_redirects=True, trust_env=False
        ) as browser:
            page = (await browser.get("/oauth/grants")).text
            for grant in GRANT.findall(page):
                form = {"change": self._change, "grant": grant}
                (await browser.post("/oauth/grants", data=form)).raise_for_status()
        self._say(f"      pressed {self._change} on {self._sandbox_url}/oauth/grants")

    def see(self, text: str) -> None:
        """Look at what the notebook shows: the address of a sign-in may be in it."""
        if found := ADDRESS.search(text):
            self._address = found[0]

    async def play(self, client: Any) -> None:
        """Answer each prompt of a kernel, until cancelled."""
        while True:
            question = (await client.stdin_channel.get_msg())["content"]
            # Reading takes a person a moment, in which the lines above the prompt arrive.
            await asyncio.sleep(READING_SECONDS)
            self.asked += 1
            prompt = question["prompt"].strip()
            if WAITING in prompt:
                await self._sign_in()
            else:
                self._type(client, prompt, hidden=question["password"])

    def _type(self, client: Any, prompt: str, *, hidden: bool) -> None:
        answer = next(self._answers, "")
        self._say(f"      asked   {prompt}")
        self._say(f"      typed   {answer}{' (hidden)' if hidden else ''}")
        client.input(answer)

    async def _sign_in(self) -> None:
        """Do in the browser what the pages of the provider ask; the cell then goes on by itself."""
        account = next(self._accounts, "")
        self._say(f"      opened  {self._address.partition('?')[0]}")
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as browser:
            form = {"person": account, "decision": "allow" if account else "deny"}
            landed = await browser.post(self._address, data=form)
        self._say(
            f"      allowed as {account}, and came back to {landed.url.copy_with(query=None)}"
        )
