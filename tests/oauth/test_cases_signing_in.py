"""Cases 1 to 25, and 60 and 61: from the prompt to the provider, and back."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest

from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AuthorizationError, OAuthError
from attio_nb.oauth.sign_in import SignIn
from attio_nb.prompts.signing_in import check_address
from tests.loopback import free_port
from tests.oauth.conftest import (
    Project,
    Seen,
    browser,
    changed,
    get,
    query,
    query_of,
    replaced,
    with_query,
    without,
)
from tests.oauth.stub import PROMPTLY, Pairs, Provider, Reply, is_open
from tests.visits import REQUESTS_OF_PAGES, SPECULATIVE, VISITS

CONNECTED = "Connected. You can close this tab."
NOT_CONNECTED = "Not connected."
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def signing_in(project: Project) -> SignIn:
    """A sign-in that waits for the browser."""
    return project.begin()


@pytest.fixture
def waits_on(project: Project, signing_in: SignIn) -> Iterator[None]:
    """In the end: nothing was sent or kept, the sign-in waits, and the right answer is taken."""
    yield
    assert project.provider.token_calls == []
    assert project.stored is None
    assert signing_in.state == "ready"
    assert CONNECTED in project.person.comes_back(signing_in).text
    assert signing_in.state == "connected"
    assert project.token in project.provider.access_tokens
    assert len(project.provider.token_calls) == 1


@pytest.fixture
def nothing_is_sent(project: Project) -> Iterator[None]:
    """In the end: the token endpoint was asked nothing, and nothing is kept."""
    yield
    assert project.provider.token_calls == []
    assert project.stored is None


def refused(answer: Seen) -> bool:
    return answer.status_code == 400 and NOT_CONNECTED in answer.text


def is_over(signing_in: SignIn, listener: str) -> bool:
    return signing_in.wait(0) and signing_in.state == "failed" and not is_open(listener)


@pytest.mark.usefixtures("waits_on")
class TestAnAnswerThatIsNotOurs:
    def test_case_01_a_wrong_state(self, project: Project, signing_in: SignIn) -> None:
        address = project.person.sent_back(signing_in)
        assert refused(get(changed(address, state="another")))
        assert refused(get(changed(address, state=query_of(address)["state"] + "x")))

    def test_case_02_no_state(self, project: Project, signing_in: SignIn) -> None:
        address = project.person.sent_back(signing_in)
        assert refused(get(changed(address, state=None)))
        assert refused(get(changed(address, state="")))

    def test_case_04_an_error_with_a_wrong_state(
        self, project: Project, signing_in: SignIn
    ) -> None:
        address = project.person.sent_back(signing_in)
        assert refused(get(changed(address, code=None, error="access_denied", state="another")))
        wrong = {"code": None, "state": None, "iss": "https://another.example"}
        assert refused(get(changed(address, error="access_denied", **wrong)))

    @pytest.mark.parametrize("headers", [*REQUESTS_OF_PAGES, dict([SPECULATIVE[0]])])
    def test_case_04_an_error_without_state_that_a_page_requests(
        self, project: Project, signing_in: SignIn, headers: dict[str, str]
    ) -> None:
        address = changed(project.person.sent_back(signing_in), code=None, state=None)
        answer = get(changed(address, error="access_denied"), **headers)
        assert answer.status_code in (400, 404)
        assert NOT_CONNECTED in answer.text

    @pytest.mark.parametrize("error", ["", " "])
    def test_case_05_an_empty_error_alone(
        self, project: Project, signing_in: SignIn, error: str
    ) -> None:
        address = changed(project.person.sent_back(signing_in), code=None)
        assert refused(get(f"{address}&error={error.replace(' ', '+')}"))
        assert refused(get(changed(address, state=None, error=error, code="")))

    def test_case_02_a_code_and_an_error_without_state(
        self, project: Project, signing_in: SignIn
    ) -> None:
        address = project.person.sent_back(signing_in)
        assert refused(get(changed(address, state=None, error="access_denied")))

    def test_case_05_neither_code_nor_error(self, project: Project, signing_in: SignIn) -> None:
        assert refused(get(changed(project.person.sent_back(signing_in), code=None)))

    @pytest.mark.parametrize("name", ["code", "state", "iss"])
    def test_case_07_a_parameter_twice(
        self, project: Project, signing_in: SignIn, name: str
    ) -> None:
        address = project.person.sent_back(signing_in)
        value = query_of(address)[name]
        assert refused(get(with_query(address, [*query(address), (name, value)])))
        assert refused(get(with_query(address, [(name, "another"), *query(address)])))

    def test_case_16_a_favicon_a_prefetch_a_post_and_a_port_scan(
        self, project: Project, signing_in: SignIn
    ) -> None:
        address = project.person.sent_back(signing_in)
        parts = urlsplit(address)
        origin = f"http://{parts.netloc}"
        for path in ("/favicon.ico", "/", "/callback/", f"/callback/more?{parts.query}", "//"):
            assert get(origin + path).status_code == 404
        for name, value in SPECULATIVE:
            assert get(address, **{name: value}).status_code == 404, (name, value)
        with browser() as client:
            for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
                assert client.request(method, address).status_code == 405
            # The form post that OpenID Connect knows as a response mode.
            assert client.post(origin + parts.path, data=query_of(address)).status_code == 405
        for said in (b"", b"\x16\x03\x01\x02\x00\x01", b"SSH-2.0-scan\r\n\r\n", b"GET\r\n\r\n"):
            with socket.create_connection((parts.hostname, parts.port), timeout=5) as scanner:
                scanner.sendall(said)

    def test_case_18_the_host_of_another_site(self, project: Project, signing_in: SignIn) -> None:
        address = project.person.sent_back(signing_in)
        port = urlsplit(address).port
        for host in (f"rebound.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.rebound.example"):
            answer = get(address, Host=host)
            assert answer.status_code == 421
            assert NOT_CONNECTED in answer.text
        with socket.create_connection(("127.0.0.1", port), timeout=5) as nameless:
            path = f"{urlsplit(address).path}?{urlsplit(address).query}"
            nameless.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            assert nameless.recv(64).split()[1] == b"421"


@pytest.mark.usefixtures("nothing_is_sent")
class TestAnAnswerThatEndsIt:
    def ended(self, project: Project, back: Callable[[Pairs], Pairs]) -> AuthorizationError:
        """Let the provider send this back, and return why the sign-in is over then."""
        project.provider.back = back
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        assert refused(get(address))
        assert is_over(signing_in, address)
        assert isinstance(signing_in.error, AuthorizationError)
        return signing_in.error

    def test_case_03_the_person_says_no(self, project: Project) -> None:
        error = self.ended(
            project,
            lambda pairs: [*without("code")(pairs), ("error", "access_denied")],
        )
        assert error.error == "access_denied"
        assert "access was denied" in str(error)
        assert "Sign in again" in str(error)

    def test_case_06_a_code_and_an_error(self, project: Project) -> None:
        error = self.ended(project, replaced(error="server_error"))
        assert error.error == "server_error"

    @pytest.mark.parametrize(
        "left_out", [("code", "state"), ("code", "state", "iss")], ids=["iss", "no iss"]
    )
    @pytest.mark.parametrize("added", [[], [("state", "")], [("code", "")]])
    def test_case_03_the_provider_leaves_the_state_out(
        self, project: Project, left_out: tuple[str, ...], added: Pairs
    ) -> None:
        described = [("error", "invalid_scope"), ("error_description", "No such scope.")]
        error = self.ended(project, lambda pairs: [*without(*left_out)(pairs), *described, *added])
        assert error.error == "invalid_scope"
        assert "No such scope" in str(error)

    @pytest.mark.parametrize("headers", VISITS)
    def test_case_03_a_visit_without_state_ends_it(
        self, project: Project, headers: dict[str, str]
    ) -> None:
        project.provider.back = lambda pairs: [("error", "access_denied")]
        signing_in = project.begin()
        assert refused(get(project.person.sent_back(signing_in), **headers))
        assert "access was denied" in str(signing_in.error)

    @pytest.mark.parametrize(
        "code",
        ["temporarily_unavailable", "server_error", "slow_down", "Server-Error", "SERVER_ERROR"],
    )
    def test_case_03_what_a_second_try_may_mend(self, project: Project, code: str) -> None:
        error = self.ended(project, replaced(code="", error=code))
        assert code in str(error)
        assert "Try again in a moment." in str(error)
        assert "attio-app.toml" not in str(error)

    @pytest.mark.parametrize(
        "code",
        ["user_cancelled_login", "user_cancelled_authorize", "User Denied", "consent-denied"],
    )
    def test_case_03_the_person_says_no_in_the_words_of_the_provider(
        self, project: Project, code: str
    ) -> None:
        error = self.ended(project, replaced(code="", error=code))
        assert error.error == "access_denied"
        assert "access was denied" in str(error)

    @pytest.mark.parametrize("code", ["timeout", "internal_failure", "server_busy"])
    def test_case_03_a_failure_that_passes_in_the_words_of_the_provider(
        self, project: Project, code: str
    ) -> None:
        assert "Try again in a moment." in str(self.ended(project, replaced(code="", error=code)))

    def test_case_03_facebook_names_its_error_in_another_way(self, project: Project) -> None:
        told = replaced(code="", error_code="1349048", error_message="Not logged in: no.")
        assert "“1349048”: “Not logged in: no”" in str(self.ended(project, told))

    @pytest.mark.parametrize("what_else", [{}, {"error": "access_denied"}])
    def test_case_08_it_is_from_another_issuer(
        self, project: Project, what_else: dict[str, str]
    ) -> None:
        error = self.ended(project, replaced(iss="https://mixed-up.example", **what_else))
        assert "https://mixed-up.example" in str(error)
        assert error.error == ""

    def test_case_09_it_does_not_say_from_whom_though_promised(self, project: Project) -> None:
        assert "does not say" in str(self.ended(project, without("iss")))

    @pytest.mark.parametrize("change", [lambda iss: iss + "/", str.upper])
    def test_case_10_its_issuer_is_written_a_little_differently(
        self, project: Project, change: Callable[[str], str]
    ) -> None:
        self.ended(project, replaced(iss=change(project.provider.url)))

    @pytest.mark.parametrize("name", ["error", "error_description"])
    def test_case_25_markup_and_control_characters_in_an_error(
        self, project: Project, name: str
    ) -> None:
        hostile = (
            "<script>alert(1)</script>\x1b[31mred\x1b[0m\x1b]0;title\x07\r\nSet-Cookie: a=b"
            "\u202egnp.exe\x00\x9b2J " + "long " * 2000
        )
        seen: list[Seen] = []
        project.provider.back = lambda pairs: [
            *without("code")(pairs),
            *{"error": "access_denied", name: hostile}.items(),
        ]
        signing_in = project.begin()
        seen.append(project.person.comes_back(signing_in))
        (page,) = seen
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
        assert "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        message = str(signing_in.error)
        assert "alert(1)" in message
        for text in (message, page.text.replace("\n", "")):
            assert not CONTROL.search(text)
            assert "\u202e" not in text
        assert len(message) < 600


class TestMetadata:
    @pytest.fixture(autouse=True)
    def nobody_is_sent_anywhere(self, nothing_is_sent: None) -> None:
        """None of these providers is used."""

    def refused(self, project: Project) -> str:
        """Return why a sign-in does not begin, once it is known that no browser would open."""
        signing_in = project.fail()
        with pytest.raises(AuthorizationError):
            signing_in.authorization_url()
        assert isinstance(signing_in.error, OAuthError)
        assert all("/.well-known/" in call.path for call in project.provider.calls)
        return str(signing_in.error)

    @pytest.mark.parametrize(
        "told", [lambda url: url + "/", lambda url: "https://other.example", lambda url: None]
    )
    def test_case_11_they_are_of_another_issuer(
        self, project: Project, told: Callable[[str], str | None]
    ) -> None:
        project.provider.metadata["issuer"] = told(project.provider.url)
        assert "issuer" in self.refused(project)

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
    @pytest.mark.parametrize(
        "address",
        [
            "http://provider.example/there",
            "http://127.0.0.1.provider.example/there",
            "http://127.0.0.1@provider.example/there",
            "ftp://127.0.0.1/there",
            "file://localhost/etc/passwd",
            "javascript:alert(1)",
            "//127.0.0.1/there",
            "https://provider.example:port/there",
            "https:///there",
            ["https://provider.example/there"],
        ],
    )
    def test_case_12_an_endpoint_is_not_encrypted_or_no_web_address(
        self, project: Project, name: str, address: object
    ) -> None:
        project.provider.metadata[name] = address
        assert name in self.refused(project)

    @pytest.mark.parametrize("methods", [["plain"], [], ["s256"]])
    def test_case_13_they_list_pkce_without_s256(
        self, project: Project, methods: list[str]
    ) -> None:
        project.provider.metadata["code_challenge_methods_supported"] = methods
        assert "PKCE" in self.refused(project)


@pytest.mark.parametrize("empty", ["", " "])
def test_case_06_a_code_and_an_empty_error(project: Project, empty: str) -> None:
    project.provider.back = lambda pairs: [*pairs, ("error", empty)]
    signing_in = project.begin()
    assert CONNECTED in project.person.comes_back(signing_in).text
    assert signing_in.state == "connected"


@pytest.mark.parametrize("state", [None, ""])
def test_case_61_a_refusal_without_state_can_be_pasted(
    project: Project, signing_in: SignIn, state: str | None
) -> None:
    sent_back = project.person.sent_back(signing_in)
    address = changed(sent_back, code=None, state=state, error="invalid_scope")
    with pytest.raises(AuthorizationError, match="invalid_scope"):
        signing_in.accept(f"{check_address(address)}")
    assert signing_in.state == "failed"


def test_case_14_metadata_that_omit_what_works(project: Project) -> None:
    provider = project.provider
    provider.metadata = {
        "issuer": provider.url,
        "authorization_endpoint": f"{provider.url}/authorize",
        "token_endpoint": f"{provider.url}/token",
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }
    provider.back = without("iss")
    signing_in = project.begin()
    assert query_of(signing_in.authorization_url())["code_challenge_method"] == "S256"
    assert project.person.comes_back(signing_in).status_code == 200
    project.expire()
    assert project.is_known(project.connect())
    assert provider.refreshes == 1


class TestOneCode:
    def test_case_15_the_same_callback_twice(self, project: Project, signing_in: SignIn) -> None:
        held = Reply(held=threading.Event(), carried_out=True)
        project.provider.token_answers.append(held)
        address = project.person.sent_back(signing_in)
        first: list[Seen] = []
        browser_tab = threading.Thread(target=lambda: first.append(get(address)))
        browser_tab.start()
        assert held.came.wait(PROMPTLY)
        assert refused(get(address))
        held.body = {"access_token": "the-access-token", "token_type": "Bearer"}
        assert held.held is not None
        held.held.set()
        browser_tab.join()
        assert CONNECTED in first[0].text
        assert project.token == "the-access-token"
        assert not is_open(address)
        with pytest.raises(AuthorizationError):
            signing_in.accept(address)
        assert len(project.provider.token_calls) == 1

    def test_case_17_thirty_idle_connections(self, project: Project, signing_in: SignIn) -> None:
        address = project.person.sent_back(signing_in)
        port = urlsplit(address).port
        with ExitStack() as idle:
            for _ in range(30):
                idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            assert CONNECTED in get(address).text

    def test_case_19_two_sign_ins_at_once(self, project: Project) -> None:
        project.wants(scopes=("openid",))
        first, second = project.begin(), project.begin()
        sent = [query_of(each.authorization_url()) for each in (first, second)]
        for name in ("redirect_uri", "state", "code_challenge"):
            assert sent[0][name] != sent[1][name]
        there, here = project.person.sent_back(first), project.person.sent_back(second)
        crossed = with_query(here, query(there))
        assert refused(get(crossed))
        with pytest.raises(AuthorizationError, match="another sign-in"):
            second.accept(crossed)
        with pytest.raises(AuthorizationError, match="not the address"):
            second.accept(there)
        assert (first.state, second.state) == ("ready", "ready")
        assert project.provider.token_calls == []
        for signing_in, address in ((first, there), (second, here)):
            assert CONNECTED in get(address).text
            assert signing_in.state == "connected"
        verifiers = [call.form["code_verifier"] for call in project.provider.token_calls]
        assert len(set(verifiers)) == 2
        assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", each) for each in verifiers)

    def test_case_20_the_registered_port_is_taken(self, project: Project) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            taken, free = other.getsockname()[1], free_port()
            project.wants(redirect_ports=(taken, free))
            signing_in = project.begin()
            address = project.person.sent_back(signing_in)
            assert urlsplit(address).port == free
            assert CONNECTED in get(address).text
            project.wants(redirect_ports=(taken,))
            with pytest.raises(AuthorizationError, match="redirect_ports") as caught:
                project.begin().authorization_url()
        assert str(taken) in str(caught.value)
        assert project.provider.count("/authorize") == 1

    def test_a_port_that_is_taken_matters_to_no_page_that_comes_back_to_its_server(
        self, project: Project
    ) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            project.wants(redirect_ports=(other.getsockname()[1],))
            on_a_hub = "https://hub.example/hub/user-redirect/attio-nb/oauth/callback"
            url = project.begin().authorization_url(on_a_hub)
        assert query_of(url)["redirect_uri"] == on_a_hub

    def test_case_21_a_provider_that_wants_one_exact_address(self, project: Project) -> None:
        port = free_port()
        project.wants(redirect_host="localhost", redirect_ports=(port,), redirect_path="/oauth/in")
        signing_in = project.begin()
        redirect_uri = f"http://localhost:{port}/oauth/in"
        assert query_of(signing_in.authorization_url())["redirect_uri"] == redirect_uri
        assert CONNECTED in project.person.comes_back(signing_in).text
        assert project.provider.token_calls[0].form["redirect_uri"] == redirect_uri

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_case_21_a_provider_that_wants_an_address_without_a_path(
        self, project: Project, host: str
    ) -> None:
        port = free_port()
        project.wants(redirect_host=host, redirect_ports=(port,), redirect_path="")
        signing_in = project.begin()
        redirect_uri = f"http://{host}:{port}"
        assert query_of(signing_in.authorization_url())["redirect_uri"] == redirect_uri
        # A browser asks for "/" where an address has no path.
        address = project.person.sent_back(signing_in).replace("?", "/?", 1)
        assert get(address.replace("/?", "/callback?")).status_code == 404
        assert CONNECTED in get(address).text
        assert project.provider.token_calls[0].form["redirect_uri"] == redirect_uri

    def test_an_address_without_a_path_is_pasted_with_a_slash_or_without(
        self, project: Project
    ) -> None:
        project.wants(redirect_path="")
        for change in (lambda address: address, lambda address: address.replace("?", "/?", 1)):
            signing_in = project.begin()
            signing_in.accept(change(project.person.sent_back(signing_in)))
            assert signing_in.state == "connected"

    def test_case_60_a_nonce_is_sent_with_openid(self, project: Project) -> None:
        project.wants(scopes=("openid", "email"))
        nonces = {query_of(project.begin().authorization_url())["nonce"] for _ in range(2)}
        assert len(nonces) == 2
        assert all(len(nonce) >= 32 for nonce in nonces)
        # A provider may refuse one where it has no ID token to put it into, as oidc-provider does.
        project.wants(scopes=("mail.read",))
        assert "nonce" not in query_of(project.begin().authorization_url())


@pytest.mark.usefixtures("nothing_is_sent")
class TestNobodyComesBack:
    def test_case_22_the_browser_never_comes_back(self, project: Project) -> None:
        signing_in = project.begin(timeout=0.1)
        listener = query_of(signing_in.authorization_url())["redirect_uri"]
        assert signing_in.wait(PROMPTLY)
        assert is_over(signing_in, listener)
        assert "Nobody came back" in str(signing_in.error)
        assert project.client().sign_in(project.place, lambda *_: None).timeout == 300

    def test_case_23_the_browser_comes_back_too_late(self, project: Project) -> None:
        signing_in = project.begin(timeout=0.3)
        address = project.person.sent_back(signing_in)
        assert signing_in.wait(PROMPTLY)
        with pytest.raises(ConnectionRefusedError):
            get(address)
        with pytest.raises(AuthorizationError):
            signing_in.accept(address)

    def test_case_24_ctrl_c_while_waiting(self, project: Project, signing_in: SignIn) -> None:
        listener = query_of(signing_in.authorization_url())["redirect_uri"]
        me = threading.get_ident()
        key = threading.Timer(0.05, lambda: signal.pthread_kill(me, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            try:
                key.start()
                signing_in.wait(PROMPTLY)
            finally:
                signing_in.close()
        assert signing_in.state == "closed"
        assert not is_open(listener)


@pytest.mark.usefixtures("waits_on")
class TestAPastedAddress:
    def refused(self, signing_in: SignIn, address: str) -> None:
        with pytest.raises(AuthorizationError):
            signing_in.accept(address)
        assert signing_in.state == "ready"

    def test_case_61_what_the_listener_refuses_is_refused(
        self, project: Project, signing_in: SignIn
    ) -> None:
        address = project.person.sent_back(signing_in)
        parts = urlsplit(address)
        for other in (
            f"https://{parts.netloc}{parts.path}?{parts.query}",
            f"http://provider.example{parts.path}?{parts.query}",
            f"http://{parts.netloc}@provider.example{parts.path}?{parts.query}",
            f"http://{parts.netloc}/another?{parts.query}",
            f"http://127.0.0.1:1{parts.path}?{parts.query}",
            # An answer in the fragment belongs to a flow that this is not.
            f"http://{parts.netloc}{parts.path}#{parts.query}",
            changed(address, state="another"),
            changed(address, state=None),
            changed(address, code=None),
            with_query(address, [*query(address), ("code", "another")]),
            f"{address}&filler={'x' * 20_000}",
            "http://[::1",
            "the-code",
            "",
        ):
            self.refused(signing_in, other)

    def test_case_61_one_from_an_older_sign_in_is_refused(
        self, project: Project, signing_in: SignIn
    ) -> None:
        older = project.begin()
        address = project.person.sent_back(older)
        older.close()
        self.refused(signing_in, address)
        self.refused(signing_in, with_query(project.person.sent_back(signing_in), query(address)))


@pytest.mark.parametrize("end", ["#", "#_=_", "  \n"])
def test_case_61_the_right_one_is_taken_whatever_the_browser_added(
    project: Project, signing_in: SignIn, end: str
) -> None:
    signing_in.accept(f" {project.person.sent_back(signing_in)}{end}")
    assert signing_in.state == "connected"
    assert project.token in project.provider.access_tokens


def test_case_61_an_address_on_a_fixed_page_is_taken(project: Project, provider: Provider) -> None:
    project.wants(redirect_uri="https://app.example/landing?from=mail")
    signing_in = project.begin()
    assert not signing_in.returns_by_itself
    there = query_of(signing_in.authorization_url())
    assert there["redirect_uri"] == "https://app.example/landing?from=mail"
    (code,) = [each for each in [get(signing_in.authorization_url())] if each]
    (name, _) = next(iter(provider.codes.items()))
    answer = {"code": name, "state": there["state"], "iss": provider.url}
    pairs = [("from", "mail"), *answer.items()]
    assert code.status_code == 302
    signing_in.accept(with_query("https://app.example/landing", pairs))
    assert provider.token_calls[0].form["redirect_uri"] == there["redirect_uri"]
    assert signing_in.state == "connected"


@pytest.mark.parametrize("error", ["0", "none", "null", "false", "ok", " "])
def test_case_06_an_error_that_is_none_beside_a_code(project: Project, error: str) -> None:
    project.provider.back = replaced(error=error, error_code="0", error_description="")
    signing_in = project.begin()
    assert project.person.comes_back(signing_in).status_code == 200
    assert signing_in.state == "connected"
