"""A real kernel in a folder of its own, and a front end that speaks to it as JupyterLab does."""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jupyter_client.manager import KernelManager

from tests.loopback import free_ports
from tests.notebook.provider import Provider, running_provider

Message = dict[str, Any]
KERNEL_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
TIMEOUT = 30.0
LOOK_TIMEOUT = 1.0


@dataclass
class Ran:
    """What a cell did."""

    status: str = ""
    streams: str = ""
    errors: list[str] = field(default_factory=list)
    displayed: list[Message] = field(default_factory=list)
    updated: list[Message] = field(default_factory=list)
    opened: list[Message] = field(default_factory=list)
    updates: list[Message] = field(default_factory=list)
    seen: list[Message] = field(default_factory=list)

    @property
    def error(self) -> str:
        """The error that ended the cell, as a notebook shows it."""
        return "\n".join(self.errors)

    @property
    def results(self) -> list[str]:
        """The plain text of everything that was displayed."""
        return [data.get("text/plain", "") for data in self.displayed]

    @property
    def state(self) -> str:
        """The state of the last prompt, as far as the front end was told."""
        return next((u["state"] for u in reversed(self.updates) if "state" in u), "asking")

    @property
    def traits(self) -> Message:
        """The last prompt as it stands now."""
        traits = dict(self.opened[-1])
        for update in self.updates:
            traits.update(update)
        return traits


class Notebook:
    """A notebook on a real kernel.

    Args:
        manager: Its kernel's manager.

    Attributes:
        has_page: Whether it asks for prompts, as a page of the labextension does.
    """

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.has_page = True
        self.client = manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self._running = ""
        self._ran = Ran()
        self._replies: dict[str, Message] = {}
        self._nudges: list[Message] = []
        # Whether the kernel has said that there is something to ask for, and what is known of it.
        self._is_news = False
        self._known: set[str] = set()

    def run(self, code: str, *answers: str, allow_stdin: bool = True, cell_id: str = "") -> Ran:
        """Run a cell to its end, with these answers to its input requests."""
        self.start(code, allow_stdin=allow_stdin, cell_id=cell_id)
        for answer in answers:
            self.client.get_stdin_msg(timeout=TIMEOUT)
            self.client.input(answer)
        return self.finish()

    def start(self, code: str, *, allow_stdin: bool = True, cell_id: str = "") -> None:
        """Begin to run a cell."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content)
        message["metadata"] = {"cellId": cell_id}
        self._running, self._ran = message["header"]["msg_id"], Ran()
        self.client.shell_channel.send(message)

    def prompt(self, **settings: Any) -> Message:
        """Wait for a prompt, draw it as a page with these settings does, and return its traits."""
        shown = len(self._ran.opened)
        while len(self._ran.opened) == shown:
            self._read_and_look()
        traits = self._ran.opened[-1]
        assert self.ask("attio_ready", prompt_id=traits["prompt_id"], **settings)["status"] == "ok"
        return traits

    def await_opened(self) -> Message:
        """Wait for a prompt that nobody draws, and return its traits."""
        while not self._ran.opened:
            self._read_and_look()
        return self._ran.opened[-1]

    def finish(self) -> Ran:
        """Wait for the end of the cell."""
        # Whoever has waited for something else may have read of its end.
        while not any(map(self._is_end, self._ran.seen)):
            self._read_and_look()
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == self._running:
                self._ran.status = reply["content"]["status"]
                self._look()
                return self._ran

    def _is_end(self, message: Message) -> bool:
        is_idle = message["content"].get("execution_state") == "idle"
        return is_idle and message["parent_header"].get("msg_id") == self._running

    def await_state(self, state: str) -> None:
        """Wait until the front end is told that a prompt has come so far."""
        while self._ran.state != state:
            self._read_and_look()

    def await_trait(self, name: str, holds: Callable[[Any], bool]) -> Any:
        """Wait until the front end is told something of the last prompt, and return it."""
        while not holds(self._ran.traits[name]):
            self._read_and_look()
        return self._ran.traits[name]

    def await_output(self, text: str, *, times: int = 1) -> str:
        """Wait until the cell has written some text, and return all that it has written."""
        while self._ran.streams.count(text) < times:
            self._read(self.client.get_iopub_msg(timeout=TIMEOUT))
        return self._ran.streams

    def sign_in(self, prompt: Message, *, callback_url: str = "", local: bool = True) -> Message:
        """Ask how the sign-in of a prompt stands, until it is no longer being prepared."""
        while True:
            told = self.ask(
                "attio_sign_in",
                prompt_id=prompt["prompt_id"],
                callback_url=callback_url,
                local=local,
            )
            if told["state"] != "preparing":
                return told

    def ask(self, request: str, **content: Any) -> Message:
        """Send a control message as the labextension does, and return the content of its reply."""
        return self.reply(self.send(request, **content), to=request)

    def send(self, request: str, **content: Any) -> str:
        """Send a control message as the labextension does, and return its id."""
        message = self.client.session.msg(f"{request}_request", content)
        self.client.control_channel.send(message)
        sent: str = message["header"]["msg_id"]
        return sent

    def reply(self, sent: str, *, to: str, timeout: float = TIMEOUT) -> Message:
        """Wait for the reply to a control message, and return its content."""
        while sent not in self._replies:
            reply = self.client.get_control_msg(timeout=timeout)
            self._replies[reply["parent_header"].get("msg_id", "")] = reply
        reply = self._replies.pop(sent)
        assert reply["msg_type"] == f"{to}_reply"
        content: Message = reply["content"]
        return content

    def has_replied(self, sent: str) -> bool:
        """Say whether the reply to a control message was read while waiting for another."""
        return sent in self._replies

    def await_nudge(self) -> Message:
        """Wait until the kernel tells its pages to ask again."""
        while not self._nudges:
            self._read(self.client.get_iopub_msg(timeout=TIMEOUT))
        return self._nudges.pop(0)

    def answer(self, prompt: Message, value: str, **more: Any) -> Message:
        """Answer a prompt with a value, sealed as the browser seals it."""
        sealed = seal(prompt, {"value": value, **more})
        return self.ask(
            "attio_answer", prompt_id=prompt["prompt_id"], action="connect", sealed=sealed
        )

    def do(self, prompt: Message, action: str, value: str | None = None) -> Message:
        """Do something else about a prompt, with a sealed value where it needs one."""
        content = {"prompt_id": prompt["prompt_id"], "action": action}
        if value is not None:
            content["sealed"] = seal(prompt, {"value": value})
        return self.ask("attio_answer", **content)

    def cancel(self, prompt: Message) -> Message:
        """Cancel a prompt."""
        return self.ask("attio_answer", prompt_id=prompt["prompt_id"], action="cancel")

    def nothing_asked(self) -> bool:
        """Say whether no input request is waiting."""
        try:
            self.client.get_stdin_msg(timeout=0)
        except queue.Empty:
            return True
        return False

    def _read_and_look(self) -> Message:
        """Wait for the next message, and ask for the prompts where it says that there is news."""
        message: Message = self.client.get_iopub_msg(timeout=TIMEOUT)
        self._read(message)
        if self._is_news:
            self._look()
        return message

    def _look(self) -> None:
        """Ask, as a page does, for the prompts in cells that can be answered or are known."""
        known = [traits["prompt_id"] for traits in self._ran.opened]
        if not self.has_page or not (self._is_news or known):
            return
        sent = self.send("attio_prompts", prompt_ids=known, in_cells=True)
        try:
            reply = self.reply(sent, to="attio_prompts", timeout=LOOK_TIMEOUT)
        except queue.Empty:
            # The extension was unloaded this moment.
            return
        self._is_news = False
        for traits in reply["prompts"]:
            if traits["prompt_id"] not in self._known:
                self._known.add(traits["prompt_id"])
                self._ran.opened.append(traits)
            if self._ran.opened and traits["prompt_id"] == self._ran.opened[-1]["prompt_id"]:
                self._ran.updates.append(traits)

    def _read(self, message: Message) -> None:
        content, kind = message["content"], message["msg_type"]
        self._ran.seen.append(message)
        if kind == "attio_changed":
            self._nudges.append(message)
            self._is_news = content["loaded"]
        elif kind == "attio_waiting":
            self._is_news = True
        if kind == "stream":
            self._ran.streams += content["text"]
        elif kind == "error":
            self._ran.errors += content["traceback"]
        elif kind in ("display_data", "execute_result"):
            self._ran.displayed.append(content["data"])
        elif kind == "update_display_data":
            self._ran.updated.append(content["data"])


def seal(prompt: Message, answer: Message) -> dict[str, str]:
    """Seal an answer as the labextension does."""
    own = ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), base64.b64decode(prompt["public_key"])
    )
    context = prompt["prompt_id"].encode()
    key = HKDF(hashes.SHA256(), 32, context, b"attio_nb prompt v1").derive(
        own.exchange(ec.ECDH(), theirs)
    )
    nonce = os.urandom(12)
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    parts = {
        "public_key": point,
        "nonce": nonce,
        "ciphertext": AESGCM(key).encrypt(nonce, json.dumps(answer).encode(), context),
    }
    return {name: base64.b64encode(part).decode() for name, part in parts.items()}


def install_kernel(name: str, python: Path, data: Path) -> None:
    """Make a kernel of a virtual environment known to Jupyter."""
    folder = data / "kernels" / name
    folder.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


RESET = """
%unload_ext attio_nb
import os
from attio_nb.hosting import process_hosting
from attio_nb.session import default_session
default_session.cache_clear()
process_hosting().session = None
os.chdir({folder!r})
os.environ["ATTIO_NB_DATA_DIR"] = {data!r}
%load_ext attio_nb
from attio_nb import acting_as, get_current_user, get_user_connection
from attio_nb import get_workspace_connection
"""


class Kernels:
    """Kernels that several tests use, one after the other, since starting one takes seconds."""

    def __init__(self) -> None:
        self._notebooks: dict[str, Notebook] = {}

    def fresh(self, name: str, python: Path, folder: Path) -> Notebook:
        """Return a notebook in this folder, on a kernel that has forgotten the last test."""
        if name not in self._notebooks:
            install_kernel(name, python, Path(os.environ["JUPYTER_DATA_DIR"]))
            ports = dict(zip(KERNEL_PORTS, free_ports(len(KERNEL_PORTS)), strict=True))
            manager = KernelManager(kernel_name=name, cache_ports=False, **ports)
            manager.start_kernel(cwd=str(folder))
            self._notebooks[name] = Notebook(manager)
        notebook = self._notebooks[name]
        reset = RESET.format(folder=str(folder), data=str(folder.parent / "data"))
        assert notebook.run(reset).status == "ok"
        return notebook

    def stop(self) -> None:
        """End all kernels."""
        for notebook in self._notebooks.values():
            notebook.client.stop_channels()
            notebook.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernels(session_home: Path) -> Iterator[Kernels]:
    """The kernels of the tests of one file."""
    running = Kernels()
    yield running
    running.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an app file: a workspace connection, a user connection, alice and bob."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "attio-app.toml").write_text(
        """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
help_url = "https://sequencer.example/keys"
hosts = ["127.0.0.1"]

[[connections]]
owner = "user"
type = "secret"
title = "Your mailbox"
"""
    )
    return folder


@pytest.fixture
def provider(project: Path) -> Iterator[Provider]:
    """A provider, and an app file whose user connection is signed in to there."""
    with running_provider() as running:
        (project / "attio-app.toml").write_text(running.app_file())
        yield running


@pytest.fixture
def notebook(kernels: Kernels, project: Path, home: Path) -> Notebook:
    """A notebook on the newest ipykernel."""
    return kernels.fresh("newest", Path(sys.executable), project)


@pytest.fixture
def any_notebook(kernels: Kernels, project: Path, home: Path, kernel_python: Path) -> Notebook:
    """A notebook on each ipykernel of the matrix in turn."""
    return kernels.fresh(f"any-{kernel_python.parent.parent.name}", kernel_python, project)
