"""``%connect --add`` for a connection that is signed in to, from the line to the app file."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2, create_app
from attio_nb.app.current import AppFile
from attio_nb.app.presets import Preset, presets, providers
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AppFileError, CommandError
from attio_nb.notebook.adding import added, definition_of, form_fields, is_complete
from attio_nb.notebook.command import parse_connect
from attio_nb.session import Session

HUB = "https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback"


@dataclass
class Person:
    """Somebody in front of a notebook, and what they type."""

    answers: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, question: str) -> str:
        self.asked.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def defined(line: str, person: Person | None = None) -> ConnectionDefinition:
    return definition_of(
        parse_connect(line),
        say=person.said.append if person else pytest.fail,
        ask=person.answer if person else None,
    )


def signing_in(line: str) -> OAuth2:
    oauth2 = defined(line).oauth2
    assert oauth2 is not None
    return oauth2


def refused(line: str) -> str:
    with pytest.raises(CommandError) as error:
        defined(line)
    return str(error.value)


def said_afterwards(line: str) -> str:
    return added(defined(line), parse_connect(line), "attio-app.toml")


class TestAProvider:
    def test_brings_all_but_the_client(self) -> None:
        scope = "https://www.googleapis.com/auth/gmail.readonly"
        line = f"--add user mail --provider google --client-id my-client --scope {scope}"
        assert defined(line) == ConnectionDefinition(
            owner="user",
            key="mail",
            type="oauth2",
            title="Google",
            help_url="https://console.cloud.google.com/apis/credentials",
            hosts=("*.googleapis.com",),
            oauth2=OAuth2(
                client_id="my-client",
                authorization_endpoint="https://accounts.google.com/o/oauth2/v2/auth",
                token_endpoint="https://oauth2.googleapis.com/token",
                revocation_endpoint="https://oauth2.googleapis.com/revoke",
                client_authentication="client_secret_post",
                scopes=(scope,),
                authorization_parameters=(("access_type", "offline"), ("prompt", "consent")),
            ),
        )

    def test_gives_way_to_what_stands_on_the_line(self) -> None:
        definition = defined(
            "--add user --provider hubspot --client-id a --title Ours --host api-eu1.hubapi.com "
            "--redirect-port 9001 --redirect-port 9002 --redirect-host 127.0.0.1 "
            "--client-authentication client_secret_basic"
        )
        oauth2 = definition.oauth2
        assert oauth2 is not None
        assert (definition.title, definition.hosts) == ("Ours", ("api-eu1.hubapi.com",))
        assert (oauth2.redirect_host, oauth2.redirect_ports) == ("127.0.0.1", (9001, 9002))
        assert oauth2.client_authentication == "client_secret_basic"

    @pytest.mark.parametrize("scopes", ["--scope a --scope b", '--scope "a b"', '--scope "a,  b"'])
    def test_keeps_the_scopes_that_it_always_needs(self, scopes: str) -> None:
        line = f"--add user --provider linear --client-id a {scopes}"
        assert signing_in(line).scopes == ("read", "a", "b")

    def test_needs_no_ports_where_a_fixed_address_is_given(self, tmp_path: Path) -> None:
        line = "--add user --provider hubspot --client-id a --redirect-uri https://example.com/back"
        (definition,) = create_app(tmp_path, defined(line)).connections
        assert definition.oauth2 is not None
        assert definition.oauth2.redirect_uri == "https://example.com/back"
        assert definition.oauth2.redirect_ports == ()

    def test_is_found_in_capital_letters(self) -> None:
        assert defined("--add user --provider GitHub --client-id a").title == "GitHub"

    def test_that_is_not_known_is_told_with_what_is_near(self) -> None:
        message = refused("--add user --provider gogle --client-id a")
        assert 'Did you mean "google"?' in message
        assert "pandadoc" in message
        assert "--issuer URL" in message

    def test_that_may_be_a_value_is_not_repeated(self) -> None:
        assert "zq-918273" not in refused("--add user --provider zq-918273 --client-id a")

    @pytest.mark.parametrize("option", ["--issuer", "--authorization-endpoint", "--token-endpoint"])
    def test_stands_for_the_endpoints(self, option: str) -> None:
        message = refused(f"--add user --provider google --client-id a {option} https://a.example")
        assert "--provider stands for the endpoints" in message


class TestAnyOtherProvider:
    def test_is_an_issuer(self) -> None:
        line = "--add workspace crm --issuer https://auth.example.com --client-id a --scope b"
        expected = OAuth2(client_id="a", issuer="https://auth.example.com", scopes=("b",))
        assert signing_in(line) == expected

    def test_is_two_endpoints(self) -> None:
        oauth2 = signing_in(
            "--add user --authorization-endpoint https://a.example/authorize --client-id a "
            "--token-endpoint https://a.example/token --client-authentication client_secret_post"
        )
        assert oauth2.authorization_endpoint == "https://a.example/authorize"
        assert oauth2.token_endpoint == "https://a.example/token"
        assert oauth2.client_authentication == "client_secret_post"

    def test_has_to_be_named(self) -> None:
        message = refused("--add user --client-id a")
        assert "--provider NAME, or --issuer URL" in message
        assert "google, microsoft" in message

    @pytest.mark.parametrize(
        ("options", "part"),
        [
            ("--issuer http://auth.example.com", "issuer is plain http"),
            ("--token-endpoint https://a.example", "needs authorization_endpoint too"),
            ("--issuer https://a.example --redirect-port 0", "from 1 to 65535"),
            ("--issuer https://a.example --client-authentication basic", '"client_secret_basic"'),
            ("--issuer https://a.example --scope '\"'", "U+0022"),
        ],
    )
    def test_that_is_wrong_is_told_as_in_the_app_file(
        self, tmp_path: Path, options: str, part: str
    ) -> None:
        with pytest.raises(AppFileError, match=r"^attio-app.toml: ") as error:
            create_app(tmp_path, defined(f"--add user --client-id a {options}"))
        assert part in str(error.value)


class TestWhereNobodyCanBeAsked:
    def test_the_steps_to_a_client_are_told(self) -> None:
        message = refused("--add user deals --provider hubspot --scope crm.objects.deals.read")
        assert message.startswith("Nothing was added yet.")
        assert "1. Register a client of HubSpot at https://developers.hubspot.com/." in message
        assert "2. Register the address http://localhost:8723/callback." in message
        assert HUB in message
        assert (
            "3. Run %connect --add user deals --provider hubspot --scope crm.objects.deals.read "
            "--client-id CLIENT-ID" in message
        )

    def test_the_steps_say_when_any_port_will_do(self) -> None:
        assert "http://127.0.0.1/callback; any port is good." in refused(
            "--add user --provider github"
        )

    def test_the_steps_name_no_address_where_none_is_registered(self) -> None:
        assert "Register the address" not in refused("--add user --provider google")

    def test_the_steps_name_an_https_address_where_it_has_to_be_one(self) -> None:
        message = refused("--add user --provider slack-bot")
        assert "Register an https address" in message
        assert "--redirect-uri" in message

    def test_the_steps_for_any_other_provider_know_no_page(self) -> None:
        message = refused("--add user --issuer https://auth.example.com")
        assert "1. Register a client of the provider." in message
        assert "--redirect-port 8723" in message

    def test_a_scope_is_asked_for_where_one_is_needed(self) -> None:
        message = refused("--add user --provider outreach --client-id a")
        assert "say with --scope what the app may do" in message
        assert "--client-id a --scope prospects.read" in message

    @pytest.mark.parametrize("preset", providers().values(), ids=lambda preset: preset.id)
    def test_the_last_step_is_a_line_that_works(self, preset: Preset, tmp_path: Path) -> None:
        line = (
            f"--add user mail --provider {preset.id} --title 'It'\"'\"'s \"mine\"' --host a.example"
        )
        again = refused(line).partition("Run %connect ")[2]
        assert "--client-id CLIENT-ID" in again
        definition = defined(again)
        assert create_app(tmp_path, definition).connections == (definition,)
        assert (definition.title, definition.hosts) == ('It\'s "mine"', ("a.example",))

    def test_every_option_comes_back_in_the_last_step(self) -> None:
        given = (
            "--add workspace crm --authorization-endpoint https://a.example/a --token-endpoint "
            "https://a.example/t --scope a --scope b --client-authentication client_secret_basic "
            "--redirect-host localhost --redirect-port 9001 --redirect-port 9002 "
            "--help-url https://a.example/help"
        )
        again = refused(given).partition("Run %connect ")[2]
        assert set(shlex.split(again)) == {*shlex.split(given), "--client-id", "CLIENT-ID"}


class TestAPreset:
    def test_of_a_service_with_a_key_fills_in_all_that_it_knows(self) -> None:
        assert defined("--add workspace sales --preset pipedrive") == ConnectionDefinition(
            owner="workspace",
            key="sales",
            title="Pipedrive API token",
            help_url="https://app.pipedrive.com/settings/api",
            hosts=("api.pipedrive.com", "*.pipedrive.com"),
            test_url="https://api.pipedrive.com/v1/users/me",
            test_header="x-api-token",
            account="data.email",
        )

    def test_of_each_service_with_a_key_makes_a_connection_at_once(self) -> None:
        for preset in presets().values():
            if preset.oauth2 is None:
                made = defined(f"--add user k --preset {preset.id.upper()}")
                assert made == preset.definition("user", "k")

    def test_names_the_connection_where_the_line_does_not(self) -> None:
        command = parse_connect("--add workspace --preset apollo")
        made = definition_of(command, say=pytest.fail, ask=None)
        assert made.key == "apollo"
        again = definition_of(command, say=pytest.fail, ask=None, beside=[made])
        assert again.key is None
        theirs = definition_of(
            command, say=pytest.fail, ask=None, beside=[replace(made, owner="user")]
        )
        assert theirs.key == "apollo"

    def test_gives_way_to_what_the_line_says(self) -> None:
        line = (
            "--add user --preset hunter --title Mails --help-url https://a.example/keys "
            "--host a.example --host *.hunter.io"
        )
        made = defined(line)
        assert (made.title, made.help_url) == ("Mails", "https://a.example/keys")
        assert made.hosts == ("a.example", "*.hunter.io")
        assert made.test_url == "https://api.hunter.io/v2/account"

    def test_has_no_test_where_the_line_lets_the_value_go_elsewhere(self) -> None:
        made = defined("--add user --preset hunter --host a.example")
        assert (made.test_url, made.test_header, made.account) == ("", "", "")

    def test_of_a_provider_is_as_the_provider_itself(self) -> None:
        by_provider = defined("--add user deals --provider github --client-id a")
        assert defined("--add user deals --preset github --client-id a") == by_provider
        assert by_provider.account == "login"
        assert "Register a client of HubSpot" in refused("--add user --preset hubspot")

    def test_that_is_added_says_where_the_value_is_found(self) -> None:
        assert said_afterwards("--add workspace lists --preset brevo") == (
            'Added the workspace connection "lists" to attio-app.toml. %connect workspace lists '
            "asks for its value.\nIts value: https://app.brevo.com/settings/keys/api"
        )
        assert "may only send" in said_afterwards("--add workspace mail --preset resend")

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("--preset appolo", "Did you mean apollo?"),
            ("--preset HubSpot-token", "There is no preset of that name."),
            ("--preset sk-live-5f3a9c", "is or looks like a credential"),
            ("--preset Hugging", "Did you mean hugging-face?"),
            ("--provider apollo", "Use --preset apollo in place of --provider."),
            ("--preset hubspot --provider hubspot", "Leave --provider out."),
            ("--preset apollo --client-id a", "without the options of an OAuth client"),
            ("--preset hubspot --issuer https://a.example", "--provider stands for the endpoints"),
        ],
    )
    def test_that_does_not_fit_is_refused(self, line: str, words: str) -> None:
        message = refused(f"--add user {line}")
        assert words in message
        assert "sk-live" not in message

    def test_opens_the_form_where_the_line_does_not_say_whose_it_is(self) -> None:
        command = parse_connect("--add --preset Brevo --title Mails")
        assert not is_complete(command)
        assert form_fields(command) == {"kind": "brevo", "title": "Mails"}
        assert is_complete(parse_connect("--add user --preset brevo"))
        assert not is_complete(parse_connect("--add user --preset hubspot"))
        assert form_fields(parse_connect("--add user --preset hubspot"))["kind"] == "hubspot"

    def test_goes_with_add_alone(self) -> None:
        with pytest.raises(CommandError, match="--preset goes with --add"):
            parse_connect("user --preset apollo")


class TestWhereSomebodyCanBeAsked:
    def test_they_are_shown_the_steps_and_asked_for_what_is_missing(self) -> None:
        person = Person(answers=[" my-client ", "prospects.read sequences.read"])
        definition = defined("--add user --provider outreach", person)
        assert definition.oauth2 is not None
        assert definition.oauth2.client_id == "my-client"
        assert definition.oauth2.scopes == ("prospects.read", "sequences.read")
        (steps,) = person.said
        assert "Register a client of Outreach" in steps
        assert person.asked == [
            "Client ID (Enter alone cancels): ",
            "Scopes (Enter alone cancels): ",
        ]

    def test_they_are_asked_nothing_that_they_have_said(self) -> None:
        person = Person()
        defined("--add user --provider linear --client-id a", person)
        assert person.said == person.asked == []

    @pytest.mark.parametrize("answers", [[], [""], ["my-client", "  "]])
    def test_an_empty_answer_adds_nothing(self, answers: list[str]) -> None:
        with pytest.raises(CommandError, match="Nothing was added"):
            defined("--add user --provider outreach", Person(answers=answers))

    def test_an_interrupt_adds_nothing(self) -> None:
        def interrupted(question: str) -> str:
            raise KeyboardInterrupt

        with pytest.raises(CommandError, match="Nothing was added"):
            definition_of(parse_connect("--add user --provider github"), say=list, ask=interrupted)

    def test_a_client_secret_is_not_taken_for_a_client(self) -> None:
        with pytest.raises(CommandError, match="A secret is never taken on this line") as error:
            defined("--add user --provider github", Person(answers=["GOCSPX-very-secret"]))
        assert "very-secret" not in str(error.value)


@pytest.mark.parametrize(
    "option",
    [
        "--client-secret very-secret",
        "--client-secret=very-secret",
        "--token very-secret",
        "--client-id GOCSPX-very-secret",
    ],
)
def test_a_secret_on_the_line_is_refused_and_not_repeated(option: str) -> None:
    message = refused(f"--add user mail --provider google --scope a {option}")
    assert message.startswith("A secret is never taken on this line")
    assert "make a new one" in message
    assert "very-secret" not in message


class TestAfterwards:
    def test_it_is_said_how_to_sign_in_and_what_will_be_asked(self) -> None:
        text = said_afterwards("--add user deals --provider hubspot --client-id a")
        assert text.startswith(
            'Added the user connection "deals" to attio-app.toml. %connect user deals signs in, '
            "and asks for the client secret once.\n"
        )
        assert "Register the address http://localhost:8723/callback." in text
        assert "30 minutes" in text

    def test_no_secret_is_promised_to_a_public_client(self) -> None:
        text = said_afterwards("--add workspace --issuer https://a.example --client-id a")
        assert "%connect workspace signs in.\n" in text
        assert "secret" not in text

    def test_hosts_that_are_missing_are_told(self) -> None:
        line = "--add user --issuer https://a.example --client-id a"
        assert "the hosts that connection.auth() may send its token to" in said_afterwards(line)
        assert "connection.auth()" not in said_afterwards(f"{line} --host api.a.example")

    def test_a_secret_connection_asks_for_its_value(self) -> None:
        assert said_afterwards("--add user") == (
            "Added the user connection to attio-app.toml. %connect user asks for its value."
        )


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("user --provider google", "--provider goes with --add"),
        ("user --scope a", "--scope goes with --add"),
        ("user --redirect-port 1", "--redirect-port goes with --add"),
        ("--add user --redirect-port x", "invalid int value"),
        ("--add user --provider", "--provider needs a word after it"),
        ("--add user --provder google", 'Did you mean "--provider"?'),
    ],
)
def test_options_in_the_wrong_place_are_told(line: str, part: str) -> None:
    with pytest.raises(CommandError) as error:
        parse_connect(line)
    assert part in str(error.value)


class TestBesideAnotherProvider:
    BESIDE = (defined("--add user a --issuer https://a.example --client-id a"),)

    def guide(self, line: str) -> str:
        """Return what is said before a client is registered."""
        with pytest.raises(CommandError) as said:
            definition_of(parse_connect(line), say=pytest.fail, ask=None, beside=self.BESIDE)
        return str(said.value)

    @pytest.mark.parametrize(
        ("line", "address"),
        [
            ("--add user mail --issuer https://b.example", "http://127.0.0.1/callback/mail;"),
            ("--add user mail --provider hubspot", "http://localhost:8723/callback/mail."),
            ("--add workspace --issuer https://b.example", "http://127.0.0.1/callback/workspace;"),
        ],
    )
    def test_the_guide_names_a_redirect_uri_of_its_own(self, line: str, address: str) -> None:
        said = self.guide(line)
        assert f"Register the address {address}" in said
        name = address.rpartition("/")[2][:-1]
        assert f"https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback/{name} " in said

    @pytest.mark.parametrize("provider", ["google", "slack-bot"])
    def test_the_guide_names_that_of_a_hub_alone(self, provider: str) -> None:
        said = self.guide(f"--add user mail --provider {provider}")
        assert "https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback/mail." in said
        assert "oauth/callback." not in said

    def test_the_guide_names_the_plain_one_for_the_same_provider(self) -> None:
        said = self.guide("--add user mail --issuer https://a.example")
        assert "Register the address http://127.0.0.1/callback;" in said

    def test_what_was_added_has_it_and_says_so(self, tmp_path: Path) -> None:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        session.define(self.BESIDE[0])
        line = "--add user mail --issuer https://b.example --client-id b"
        app = session.define(defined(line))
        there = app.definition("user", "mail")
        assert there.oauth2 is not None
        assert there.oauth2.redirect_path == "/callback/mail"
        assert app.path is not None
        assert app.path.read_text().count("redirect_path") == 1
        said = added(there, parse_connect(line), "attio-app.toml")
        assert "http://127.0.0.1/callback/mail" in said
        assert "oauth/callback/mail" in said

    def test_what_is_written_anew_stays_as_it_is(self, tmp_path: Path) -> None:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        other = defined("--add user mail --issuer https://b.example --client-id b")
        session.file.define(self.BESIDE[0])
        session.file.define(other)
        app = session.redefine("user", "mail", replace(other, title="Mail"))
        assert app.path is not None
        assert "redirect_path" not in app.path.read_text()
