"""A sign-in with more than one way back, of which one fails or comes late."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from attio_nb.callback import CallbackFiles, state_hash
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AuthorizationError
from attio_nb.grants import Grants
from attio_nb.oauth.sign_in import SignIn
from tests.oauth.conftest import Project, get, query_of
from tests.oauth.stub import PROMPTLY, Reply
from tests.oauth.test_cases_renewal import until

HUB = "https://hub.example/user/me/attio-nb/oauth/callback"
TUNNEL = "http://10.0.0.5:8888/attio-nb/oauth/callback"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What kernel and Jupyter server share."""
    return tmp_path / "runtime" / "attio_nb"


@pytest.fixture
def files(folder: Path) -> CallbackFiles:
    return CallbackFiles(folder)


@pytest.fixture
def signing_in(project: Project, files: CallbackFiles) -> Iterator[SignIn]:
    """A sign-in that watches the files; it has not begun."""
    client = project.client()
    grants = Grants(project.store, make_client=lambda store: client, notify=project.notices.append)
    place = project.place
    signing_in = client.sign_in(
        place, lambda token, at: grants.keep(place, token, at), callbacks=files
    )
    yield signing_in
    signing_in.close()


def ready(signing_in: SignIn) -> SignIn:
    signing_in.start()
    assert signing_in.wait_until_ready(PROMPTLY), signing_in.error
    return signing_in


def comes_back(project: Project, files: CallbackFiles, url: str) -> str:
    """Sign in at an address; hand over what comes back as the server does, and return where to."""
    sent = query_of(url)
    location = get(url).headers["location"]
    assert files.take(sent["state"])
    files.deliver(sent["state"], urlsplit(location).query)
    return sent["redirect_uri"]


class TestTwoPages:
    """They show one prompt under two addresses, as a hub and a tunnel do."""

    def test_are_sent_to_one_address_whichever_is_used(
        self, project: Project, signing_in: SignIn, files: CallbackFiles
    ) -> None:
        ready(signing_in)
        first, second = signing_in.authorization_url(HUB), signing_in.authorization_url(TUNNEL)
        assert query_of(second)["redirect_uri"] == query_of(first)["redirect_uri"]
        assert comes_back(project, files, first) == HUB
        assert signing_in.wait(PROMPTLY)
        # The token endpoint refuses what is not the address of the request.
        assert signing_in.state == "connected", signing_in.error
        assert project.provider.token_calls[0].form["redirect_uri"] == HUB

    def test_on_this_computer_and_elsewhere_can_both_come_back(
        self, project: Project, signing_in: SignIn
    ) -> None:
        ready(signing_in)
        here = signing_in.authorization_url()
        signing_in.authorization_url(HUB)
        assert get(get(here).headers["location"]).status_code == 200
        assert signing_in.state == "connected"


class TestAFolderThatCannotBeWritten:
    @pytest.fixture
    def in_the_way(self, folder: Path) -> Path:
        folder.parent.mkdir()
        folder.write_text("in the way")
        return folder

    def test_is_told_of_and_leaves_the_other_way_open(
        self, project: Project, signing_in: SignIn, in_the_way: Path
    ) -> None:
        ready(signing_in)
        with pytest.raises(AuthorizationError, match="Paste the address"):
            signing_in.authorization_url(HUB)
        assert signing_in.state == "ready"
        project.person.comes_back(signing_in)
        assert signing_in.state == "connected"

    def test_is_watched_once_it_can_be(
        self, project: Project, signing_in: SignIn, files: CallbackFiles, in_the_way: Path
    ) -> None:
        ready(signing_in)
        with pytest.raises(AuthorizationError):
            signing_in.authorization_url(HUB)
        in_the_way.unlink()
        url = signing_in.authorization_url(HUB)
        assert files.expected(state_hash(query_of(url)["state"]))
        comes_back(project, files, url)
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"


class TestADeviceThatGetsNoCode:
    @pytest.fixture
    def no_code(self, project: Project, signing_in: SignIn) -> SignIn:
        """A sign-in that was ready for the browser when it asked for a code in vain."""
        project.provider.device = Reply({"error": "unauthorized_client"}, 400)
        ready(signing_in)
        told = threading.Event()
        signing_in.changed = told.set
        signing_in.use_device()
        assert told.wait(PROMPTLY)
        return signing_in

    def test_leaves_the_way_of_the_browser_open(self, project: Project, no_code: SignIn) -> None:
        assert no_code.state == "ready"
        assert "no code for another device" in str(no_code.error)
        assert project.person.comes_back(no_code).status_code == 200
        assert no_code.state == "connected"
        assert no_code.error is None

    def test_can_ask_again(self, project: Project, no_code: SignIn) -> None:
        project.provider.device = None
        no_code.use_device()
        assert no_code.wait(PROMPTLY)
        assert no_code.state == "connected"


class TestAPortThatIsTaken:
    @pytest.fixture
    def taken(self, project: Project) -> Iterator[int]:
        """The one registered port, which another user of the machine has."""
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            port: int = other.getsockname()[1]
            project.wants(redirect_ports=(port,), redirect_host="localhost")
            yield port

    def test_is_of_no_matter_on_a_hub(
        self, project: Project, taken: int, signing_in: SignIn, files: CallbackFiles
    ) -> None:
        comes_back(project, files, ready(signing_in).authorization_url(HUB))
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"

    def test_is_told_of_where_it_is_needed_and_a_device_still_counts(
        self, project: Project, taken: int, signing_in: SignIn
    ) -> None:
        ready(signing_in)
        with pytest.raises(AuthorizationError, match=f"{taken}.*redirect_ports"):
            signing_in.authorization_url()
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"

    def test_in_one_family_of_addresses_is_one_that_is_taken(self, project: Project) -> None:
        try:
            other = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("There is no IPv6 here.")
        with closing(other):
            port: int = other.getsockname()[1]
            project.wants(redirect_ports=(port,), redirect_host="localhost")
            # A browser that is sent to localhost would take the code to the other program.
            with pytest.raises(AuthorizationError, match="redirect_ports"):
                project.begin().authorization_url()


class TestAnAddress:
    @pytest.mark.parametrize(
        ("registered", "shown"),
        [
            ("https://app.example", "https://app.example/"),
            ("https://app.example:443/in", "https://app.example/in"),
            ("https://App.example/in", "https://app.example/in"),
        ],
    )
    def test_is_taken_as_browsers_show_it(
        self, project: Project, registered: str, shown: str
    ) -> None:
        project.wants(redirect_uri=registered)
        signing_in = project.begin()
        location = get(signing_in.authorization_url()).headers["location"]
        signing_in.accept(f"{shown}?{urlsplit(location).query}")
        assert signing_in.state == "connected"
        # The provider is told what it was registered as.
        assert project.provider.token_calls[0].form["redirect_uri"] == registered

    def test_with_half_a_character_in_it_is_a_wrong_one(self, project: Project) -> None:
        signing_in = project.begin()
        redirect_uri = query_of(signing_in.authorization_url())["redirect_uri"]
        with pytest.raises(AuthorizationError):
            signing_in.accept(f"{redirect_uri}?code=x&state=\ud800")
        assert signing_in.state == "ready"


def test_whoever_hears_that_nobody_came_hears_why(project: Project) -> None:
    signing_in, news = project.sign_in(timeout=0.01), []
    signing_in.changed = lambda: news.append((signing_in.state, str(signing_in.error)))
    signing_in.start()
    assert signing_in.wait(PROMPTLY)
    until(lambda: news[-1][0] == "failed")
    failures = [error for state, error in news if state == "failed"]
    assert failures
    assert all("Nobody came back" in error for error in failures)
