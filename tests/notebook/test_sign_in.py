"""A getter that has somebody sign in from the prompt, on each ipykernel of the matrix."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from attio_nb.callback import CallbackFiles, state_hash
from tests.notebook.conftest import Message, Notebook
from tests.notebook.provider import CONFIDENTIAL, DEVICE, SECRET, Provider, callback, come_back

GET = "f'got {get_user_connection().value}'"
GATHER = """
import asyncio
async def get():
    return get_user_connection()
await asyncio.gather(get(), get())
"""
UNTIL_TWO = """
import time
while f"{get_user_connection().value}" != "at-two":
    time.sleep(0.05)
"""
SERVER_CALLBACK = "https://hub.example/user/alice/attio-nb/oauth/callback"


def asked(notebook: Notebook, code: str = GET) -> tuple[Message, str]:
    """Run a cell that asks, and return its prompt and where the person is sent."""
    notebook.start(code)
    prompt = notebook.prompt()
    return prompt, notebook.sign_in(prompt)["authorization_url"]


def hung_up(authorization_url: str) -> bool:
    """Say whether nothing listens any more where the browser would come back to."""
    try:
        come_back(authorization_url, code="late")
    except httpx.TransportError:
        return True
    return False


def state_in(authorization_url: str) -> str:
    return parse_qs(urlsplit(authorization_url).query)["state"][0]


@pytest.fixture
def add(provider: Provider, project: Path) -> None:
    """Let the provider have a device flow too."""
    (project / "attio-app.toml").write_text(provider.app_file(DEVICE))


def test_a_cell_waits_for_the_browser_and_goes_on(
    provider: Provider, any_notebook: Notebook
) -> None:
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    assert prompt["kind"] == "oauth2"
    assert prompt["heading"] == "Connect your Sequencer account"
    assert prompt["scopes"] == ["mail.read", "mail.send"]
    assert prompt["client_secret"] is False
    assert prompt["expired"] is False
    told = any_notebook.sign_in(prompt)
    url = told.pop("authorization_url")
    assert url.startswith(f"{provider.url}/authorize?")
    host = urlsplit(provider.url).netloc
    assert told == {
        "status": "ok",
        "state": "ready",
        "host": host,
        "other_hosts": [],
        "returns": "loopback",
        "has_device": False,
        "device": None,
        "message": "",
    }
    assert "Connected. You can close this tab." in come_back(url, code="one").text
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert ran.results[-1] == "'got at-one'"
    assert ran.state == "connected"
    assert any_notebook.run(GET).results == ["'got at-one'"]
    assert hung_up(url)


def test_two_getters_in_an_awaited_cell_ask_once(
    provider: Provider, any_notebook: Notebook
) -> None:
    _, url = asked(any_notebook, GATHER)
    come_back(url, code="one")
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert len(ran.opened) == 1
    assert len(provider.tokens_asked()) == 1


def test_no_message_but_the_reply_holds_anything_of_the_sign_in(
    provider: Provider, notebook: Notebook
) -> None:
    _, url = asked(notebook, "get_user_connection()")
    come_back(url, code="very-secret")
    seen = json.dumps(notebook.finish().seen, default=str)
    assert "very-secret" not in seen
    assert state_in(url) not in seen
    assert "/authorize" not in seen


@pytest.mark.parametrize(
    ("answer", "said"),
    [({"error": "access_denied"}, "denied"), ({"code": "bad"}, "invalid_grant")],
    ids=["denied", "no token"],
)
def test_a_sign_in_that_fails_is_told_in_the_prompt_and_can_be_done_again(
    provider: Provider, any_notebook: Notebook, answer: dict[str, str], said: str
) -> None:
    prompt, url = asked(any_notebook)
    assert "Not connected." in come_back(url, **answer).text
    assert said in any_notebook.await_trait("message", bool)
    any_notebook.await_state("asking")
    told = any_notebook.sign_in(prompt)
    assert told["state"] == "ready"
    assert said in told["message"]
    assert told["authorization_url"] != url
    assert hung_up(url)
    come_back(told["authorization_url"], code="two")
    assert any_notebook.finish().results[-1] == "'got at-two'"


def test_the_page_is_told_when_to_ask_again(provider: Provider, notebook: Notebook) -> None:
    prompt, url = asked(notebook)
    before = notebook.await_trait("revision", bool)
    come_back(url, error="access_denied")
    notebook.await_trait("revision", lambda revision: revision > before)
    notebook.cancel(prompt)
    notebook.finish()


def test_an_address_can_be_pasted_where_the_browser_cannot_come_back(
    provider: Provider, any_notebook: Notebook
) -> None:
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    told = any_notebook.sign_in(prompt, local=False)
    assert told["returns"] == "paste"
    assert any_notebook.do(prompt, "address", callback(told["authorization_url"], code="one")) == {
        "status": "ok"
    }
    assert any_notebook.finish().results[-1] == "'got at-one'"


def test_what_is_pasted_wrongly_is_told_and_the_right_address_still_counts(
    provider: Provider, notebook: Notebook
) -> None:
    prompt, url = asked(notebook)
    for pasted in ("", "the code", "javascript:alert(1)", "http://[", provider.url):
        reply = notebook.do(prompt, "address", pasted)
        assert (reply["status"], reply["retry"]) == ("error", True)
        assert "address bar" in reply["message"]
    for pasted in (
        f"{callback(url, code='one').partition('?')[0]}?code=one&state=another",
        callback(url, code="one").replace("/callback?", "/elsewhere?"),
    ):
        before = notebook.await_trait("revision", bool)
        assert notebook.do(prompt, "address", pasted)["status"] == "ok"
        notebook.await_trait("revision", lambda revision, before=before: revision > before)
        assert notebook.await_trait("message", bool)
        assert notebook.sign_in(prompt)["state"] == "ready"
    assert provider.tokens_asked() == []
    notebook.do(prompt, "address", callback(url, code="one"))
    assert notebook.finish().results[-1] == "'got at-one'"


def test_the_client_secret_is_asked_for_once_and_again_when_it_is_refused(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
    provider.refused["wrong"] = "invalid_client"
    prompt, url = asked(notebook)
    assert prompt["client_secret"] is True
    reply = notebook.do(prompt, "client-secret", "")
    assert (reply["status"], reply["retry"]) == ("error", True)
    notebook.do(prompt, "client-secret", "wrong")
    notebook.await_trait("client_secret", lambda wanted: not wanted)
    come_back(url, code="one")
    assert "invalid_client" in notebook.await_trait("message", bool)
    notebook.await_trait("client_secret", bool)
    notebook.do(prompt, "client-secret", SECRET)
    notebook.await_trait("client_secret", lambda wanted: not wanted)
    come_back(notebook.sign_in(prompt)["authorization_url"], code="two")
    ran = notebook.finish()
    assert ran.results[-1] == "'got at-two'"
    assert SECRET not in json.dumps(ran.seen, default=str)
    assert provider.tokens_asked()[-1]["client_secret"] == SECRET
    notebook.run("%disconnect user")
    prompt, _ = asked(notebook)
    assert prompt["client_secret"] is False
    notebook.cancel(prompt)
    notebook.finish()


@pytest.mark.usefixtures("add")
def test_a_code_is_shown_for_another_device(provider: Provider, any_notebook: Notebook) -> None:
    prompt, _ = asked(any_notebook)
    assert any_notebook.sign_in(prompt)["has_device"] is True
    assert any_notebook.do(prompt, "device") == {"status": "ok"}
    while (device := any_notebook.sign_in(prompt)["device"]) is None:
        pass
    image = unquote(device.pop("qr"))
    assert image.startswith("data:image/svg+xml")
    assert "fill='#fff'" in image
    left = device.pop("expires_in")
    assert any_notebook.sign_in(prompt)["device"]["expires_in"] < left <= 600
    assert device == {
        "user_code": "ABCD-EFGH",
        "verification_uri": f"{provider.url}/enter",
        "verification_uri_complete": f"{provider.url}/enter?user_code=ABCD-EFGH",
    }
    provider.device_allowed.set()
    ran = any_notebook.finish()
    assert ran.results[-1] == "'got at-device'"
    assert "ABCD" not in json.dumps(ran.seen, default=str)


@pytest.mark.usefixtures("add")
def test_the_browser_still_counts_while_a_code_is_shown(
    provider: Provider, notebook: Notebook
) -> None:
    prompt, url = asked(notebook)
    notebook.do(prompt, "device")
    come_back(url, code="one")
    assert notebook.finish().results[-1] == "'got at-one'"


def test_a_provider_without_a_device_flow_says_so(provider: Provider, notebook: Notebook) -> None:
    prompt, _ = asked(notebook)
    assert "no sign-in on another device" in notebook.do(prompt, "device")["message"]
    notebook.cancel(prompt)
    notebook.finish()


def test_a_cancel_frees_the_port(provider: Provider, any_notebook: Notebook) -> None:
    prompt, url = asked(any_notebook)
    any_notebook.cancel(prompt)
    assert "You cancelled connecting the user connection" in any_notebook.finish().error
    assert hung_up(url)
    assert provider.tokens_asked() == []


def test_the_interrupt_button_ends_the_wait_and_frees_the_port(
    provider: Provider, any_notebook: Notebook
) -> None:
    for code in (GET, GATHER):
        _, url = asked(any_notebook, code)
        any_notebook.manager.interrupt_kernel()
        ran = any_notebook.finish()
        assert "Interrupted while waiting for the user connection" in ran.error
        assert ran.state == "interrupted"
        assert hung_up(url)
    assert any_notebook.run("1 + 1").results == ["2"]


def test_a_cancel_does_not_wait_for_a_slow_provider(provider: Provider, notebook: Notebook) -> None:
    provider.gate.clear()
    prompt, url = asked(notebook)
    browser = threading.Thread(target=come_back, args=(url,), kwargs={"code": "one"})
    browser.start()
    notebook.await_state("saving")
    reply = notebook.do(prompt, "address", url)
    assert (reply["status"], reply["retry"]) == ("error", True)
    assert notebook.cancel(prompt) == {"status": "ok"}
    assert "You cancelled" in notebook.finish().error
    provider.gate.set()
    browser.join()


def test_the_interrupt_button_does_not_wait_for_a_slow_provider(
    provider: Provider, notebook: Notebook
) -> None:
    provider.gate.clear()
    _, url = asked(notebook)
    browser = threading.Thread(target=come_back, args=(url,), kwargs={"code": "one"})
    browser.start()
    notebook.await_state("saving")
    notebook.manager.interrupt_kernel()
    assert "Interrupted" in notebook.finish().error
    provider.gate.set()
    browser.join()


def test_nobody_signing_in_in_time_ends_the_cell(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    app_file = provider.app_file().replace('name = "Prospects"', "prompt_timeout = 0.5")
    (project / "attio-app.toml").write_text(app_file)
    _, url = asked(notebook)
    ran = notebook.finish()
    assert "Nobody answered for the user connection within 0.5 seconds" in ran.error
    assert ran.state == "timed-out"
    assert hung_up(url)


def test_a_provider_that_cannot_be_found_is_told_and_can_be_tried_again(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    lost = provider.app_file().replace("authorization_endpoint", f'issuer = "{provider.url}"\n#')
    (project / "attio-app.toml").write_text(lost)
    notebook.start(GET)
    prompt = notebook.prompt()
    told = notebook.sign_in(prompt)
    assert told["state"] == "failed"
    assert told["message"] == notebook.await_trait("message", bool)
    before = notebook.await_trait("revision", bool)
    assert notebook.do(prompt, "again") == {"status": "ok"}
    notebook.await_trait("revision", lambda revision: revision > before)
    notebook.cancel(prompt)
    notebook.finish()


def test_a_sign_in_made_in_another_kernel_ends_the_wait(
    provider: Provider, notebook: Notebook, any_notebook: Notebook
) -> None:
    _, url = asked(notebook)
    _, other = asked(any_notebook)
    come_back(other, code="elsewhere")
    any_notebook.finish()
    assert notebook.finish().results[-1] == "'got at-elsewhere'"
    assert hung_up(url)


def test_a_value_cannot_be_typed_in_place_of_a_sign_in(
    provider: Provider, notebook: Notebook
) -> None:
    prompt, _ = asked(notebook)
    assert "by signing in" in notebook.answer(prompt, "sk-typed")["message"]
    notebook.cancel(prompt)
    notebook.finish()


def test_a_page_that_was_reloaded_finds_the_sign_in_again(
    provider: Provider, notebook: Notebook
) -> None:
    prompt, url = asked(notebook)
    (found,) = notebook.ask("attio_prompts", prompt_ids=[prompt["prompt_id"]])["prompts"]
    assert found["kind"] == "oauth2"
    assert found["scopes"] == ["mail.read", "mail.send"]
    assert notebook.sign_in(found)["authorization_url"] == url
    come_back(url, code="one")
    assert notebook.finish().status == "ok"


def test_a_remote_page_comes_back_through_the_jupyter_server(
    provider: Provider, any_notebook: Notebook
) -> None:
    where = "from jupyter_core.paths import jupyter_runtime_dir as d; d()"
    runtime = any_notebook.run(where).results[-1].strip("'")
    files = CallbackFiles.below(Path(runtime))
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    told = any_notebook.sign_in(prompt, callback_url=SERVER_CALLBACK, local=False)
    assert told["returns"] == "server"
    url = told["authorization_url"]
    address = callback(url, code="one")
    assert address.startswith(SERVER_CALLBACK)
    state = state_in(url)
    assert files.expected(state_hash(state))
    assert files.take(state)
    files.deliver(state, urlsplit(address).query)
    assert any_notebook.finish().results[-1] == "'got at-one'"
    while (outcome := files.outcome(state)) is None:
        pass
    assert outcome[0] is True
    while files.expected(state_hash(state)):
        pass


def test_an_address_that_is_no_callback_is_not_sent_to_the_provider(
    provider: Provider, notebook: Notebook
) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    told = notebook.sign_in(prompt, callback_url="https://evil.example/take", local=False)
    assert told["returns"] == "paste"
    assert "evil" not in told["authorization_url"]
    notebook.cancel(prompt)
    notebook.finish()


def test_where_the_cell_does_not_wait_the_prompt_goes_on_and_the_cell_is_run_again(
    provider: Provider, any_notebook: Notebook
) -> None:
    any_notebook.run("%connect --on-missing raise")
    any_notebook.start(GET, cell_id="cell-1")
    prompt = any_notebook.prompt()
    ran = any_notebook.finish()
    assert "Connect below" in ran.error
    url = any_notebook.sign_in(prompt)["authorization_url"]
    come_back(url, error="access_denied")
    assert "denied" in any_notebook.await_trait("message", bool)
    come_back(any_notebook.sign_in(prompt)["authorization_url"], code="later")
    any_notebook.await_state("connected")
    rerun = any_notebook.ask("attio_rerun", prompt_id=prompt["prompt_id"])
    assert rerun == {"status": "ok", "cell_id": "cell-1", "code": GET}
    assert any_notebook.run(GET).results == ["'got at-later'"]


def test_a_prompt_that_is_left_alone_frees_its_port_and_can_be_tried_again(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    app_file = provider.app_file().replace('name = "Prospects"', "prompt_timeout = 2")
    (project / "attio-app.toml").write_text(app_file)
    notebook.run("%connect --on-missing raise")
    notebook.start(GET)
    prompt = notebook.prompt()
    notebook.finish()
    url = notebook.sign_in(prompt)["authorization_url"]
    assert "Nobody came back" in notebook.await_trait("message", bool)
    assert notebook.sign_in(prompt)["state"] == "failed"
    assert hung_up(url)
    assert notebook.do(prompt, "again") == {"status": "ok"}
    notebook.await_trait("message", lambda message: not message)
    come_back(notebook.sign_in(prompt)["authorization_url"], code="later")
    notebook.await_state("connected")


def test_running_the_cell_again_ends_the_older_sign_in(
    provider: Provider, notebook: Notebook
) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start(GET)
    url = notebook.sign_in(notebook.prompt())["authorization_url"]
    notebook.finish()
    notebook.start(GET)
    prompt = notebook.prompt()
    notebook.finish()
    assert hung_up(url)
    notebook.cancel(prompt)


def test_unloading_the_extension_ends_the_sign_in(provider: Provider, notebook: Notebook) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start(GET)
    url = notebook.sign_in(notebook.prompt())["authorization_url"]
    notebook.finish()
    notebook.run("%unload_ext attio_nb")
    assert hung_up(url)


def test_a_connection_that_has_expired_is_asked_for_again_and_keeps_its_id(
    provider: Provider, notebook: Notebook
) -> None:
    provider.expires_in, provider.renews = 1, False
    _, url = asked(notebook, "first = get_user_connection().id")
    come_back(url, code="one")
    notebook.finish()
    notebook.run("%connect --on-missing raise")
    notebook.start(UNTIL_TWO)
    prompt = notebook.prompt()
    ran = notebook.finish()
    assert "ConnectionExpiredError" in ran.error
    assert prompt["expired"] is True
    assert prompt["heading"] == "Connect your Sequencer account again"
    assert prompt["description"].startswith("Your connection has expired")
    assert "expired: %connect user" in notebook.run("%connect").results[0]
    notebook.run("%connect --on-missing ask")
    provider.expires_in = 3600
    prompt, url = asked(notebook, UNTIL_TWO + "get_user_connection().id == first")
    come_back(url, code="two")
    assert notebook.finish().results[-1] == "True"


def test_the_overview_tells_what_was_granted_and_until_when(
    provider: Provider, notebook: Notebook
) -> None:
    (before,) = notebook.run("%connect").results
    assert "not connected: %connect user" in before
    assert "oauth2" in before
    _, url = asked(notebook)
    come_back(url, code="one")
    notebook.finish()
    (data,) = notebook.run("%connect").displayed
    for text in (data["text/plain"], data["text/html"]):
        assert "mail.read mail.send" in text
        assert ", then refreshed" in text
        assert "at-one" not in text


@pytest.mark.parametrize(("status", "said"), [(200, "revoked at"), (500, "did not revoke")])
def test_disconnecting_tells_what_the_provider_has_done(
    provider: Provider, notebook: Notebook, status: int, said: str
) -> None:
    _, url = asked(notebook)
    come_back(url, code="one")
    notebook.finish()
    provider.revocation_status = status
    streams = notebook.run("%disconnect user").streams
    assert "Disconnected the user connection." in streams
    assert said in streams
    assert any(request.path == "/revoke" for request in provider.requests)
    prompt, _ = asked(notebook)
    notebook.cancel(prompt)
    notebook.finish()


class TestTheClientSecret:
    @pytest.fixture(autouse=True)
    def confidential(self, provider: Provider, project: Path) -> None:
        (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
        provider.refused["wrong"] = "invalid_client"

    def connect(self, notebook: Notebook) -> None:
        prompt, url = asked(notebook)
        notebook.do(prompt, "client-secret", SECRET)
        notebook.await_trait("client_secret", lambda wanted: not wanted)
        come_back(url, code="one")
        assert notebook.finish().results[-1] == "'got at-one'"

    def test_is_replaced_without_a_sign_in_where_the_grant_is_good(
        self, provider: Provider, notebook: Notebook
    ) -> None:
        self.connect(notebook)
        notebook.start("%connect user --client-secret")
        prompt = notebook.prompt()
        assert prompt["client_secret"] is True
        assert prompt["client_secret_stored"] is True
        assert "client secret" in prompt["heading"]
        notebook.do(prompt, "client-secret", "wrong")
        assert "the one from before stays stored" in notebook.await_trait("message", bool)
        assert provider.tokens_asked()[-1]["client_secret"] == SECRET
        notebook.do(prompt, "client-secret", "another-one")
        ran = notebook.finish()
        assert provider.tokens_asked()[-1]["client_secret"] == "another-one"
        assert "another-one" not in json.dumps(ran.seen, default=str)
        assert notebook.run(GET).results[-1].startswith("'got ")

    def test_that_is_stored_can_be_used_instead(
        self, provider: Provider, notebook: Notebook
    ) -> None:
        self.connect(notebook)
        notebook.start("%connect user --client-secret")
        notebook.do(notebook.prompt(), "stored-client-secret")
        notebook.finish()
        assert provider.tokens_asked()[-1]["client_secret"] == SECRET

    def test_is_forgotten_and_asked_for_again(self, provider: Provider, notebook: Notebook) -> None:
        self.connect(notebook)
        said = notebook.run("%connect user --forget-client-secret").streams
        assert "Deleted the client secret of the user connection." in said
        said = notebook.run("%connect user --forget-client-secret").streams
        assert "No client secret of the user connection is stored." in said
        notebook.run("%disconnect user")
        prompt, _ = asked(notebook)
        assert prompt["client_secret"] is True
        assert prompt["client_secret_stored"] is False
        notebook.cancel(prompt)
        notebook.finish()

    @pytest.mark.parametrize("line", ["--client-secret=very-secret", "--client-secret very-secret"])
    def test_on_the_line_is_not_taken(
        self, provider: Provider, notebook: Notebook, line: str
    ) -> None:
        notebook.start(f"%connect user {line}")
        prompt = notebook.prompt()
        assert prompt["client_secret"] is True
        notebook.cancel(prompt)
        ran = notebook.finish()
        assert "A value is never taken on the command line" in ran.streams
        assert "very-secret" not in ran.streams


def test_a_client_without_a_secret_says_so(notebook: Notebook) -> None:
    for option in ("--client-secret", "--forget-client-secret"):
        ran = notebook.run(f"%connect user {option}")
        assert "This connection has no client secret" in str(ran.seen)
