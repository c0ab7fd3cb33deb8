"""``%connect`` and ``%disconnect`` in a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Notebook

MEMBERS = """
[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
KEYED = """\
[app]
id = "many"

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"

[[connections]]
owner = "workspace"
key = "enricher"
type = "secret"
"""


@pytest.fixture
def cast(notebook: Notebook, project: Path) -> Notebook:
    """A notebook whose app file names alice, an admin, and bob, a member; alice is acting."""
    file = project / "attio-app.toml"
    file.write_text(file.read_text() + MEMBERS)
    assert "Acting as alice (admin)." in notebook.run("%connect --as alice").streams
    return notebook


def connect(notebook: Notebook, code: str, value: str) -> None:
    """Run a cell that asks once, and answer."""
    notebook.start(code)
    assert notebook.answer(notebook.prompt(), value)["status"] == "ok"
    assert notebook.finish().status == "ok"


def completions(notebook: Notebook, line: str) -> list[str]:
    """Return what the Tab key offers at the end of a line."""
    reply = notebook.client.complete(line, len(line), reply=True, timeout=30)
    matches: list[str] = reply["content"]["matches"]
    return matches


def test_the_first_success_without_a_keyring_is_quiet_and_the_overview_tells(
    notebook: Notebook,
) -> None:
    notebook.start("%connect workspace")
    notebook.answer(notebook.prompt(), "sk-typed")
    assert notebook.finish().streams == ""
    table = notebook.run("%connect").displayed[0]
    for text in (table["text/plain"], table["text/html"]):
        assert "The key of the vault is in the file" in text
        assert "vault.key" in text


def test_the_overview_is_a_table_with_a_plain_twin(notebook: Notebook) -> None:
    connect(notebook, "%connect workspace", "sk-very-secret")
    (data,) = notebook.run("%connect").displayed
    plain, table = data["text/plain"], data["text/html"]
    assert plain.startswith("Prospects: acting as")
    for text in (plain, table):
        assert "Sequencer API key" in text
        assert "Your mailbox" in text
        assert "not connected: %connect user" in text
        assert "very-secret" not in text
    assert "<table>" in table


def test_the_overview_shows_markup_as_text(notebook: Notebook, project: Path) -> None:
    file = project / "attio-app.toml"
    file.write_text(file.read_text().replace("Your mailbox", "<script>alert(1)</script>"))
    (data,) = notebook.run("%connect").displayed
    assert "<script>" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]


def test_the_overview_without_an_app_file_tells_how_to_begin(
    notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").unlink()
    (text,) = notebook.run("%connect").results
    assert "or in a folder above it; acting as" in text
    assert "%connect --add workspace" in text


def test_the_overview_names_the_environment_variable_that_wins(notebook: Notebook) -> None:
    notebook.run("os.environ['ATTIO_NB_USER_CONNECTION'] = 'sk-env'")
    (text,) = notebook.run("%connect").results
    got = notebook.run("f'{get_user_connection().value}'").results
    notebook.run("del os.environ['ATTIO_NB_USER_CONNECTION']")
    assert "connected (ATTIO_NB_USER_CONNECTION)" in text
    assert got == ["'sk-env'"]


def test_a_bad_environment_variable_is_named_and_not_shown(notebook: Notebook) -> None:
    notebook.run("os.environ['ATTIO_NB_USER_CONNECTION'] = 'sk-very\\tsecret\\n'")
    ran = notebook.run("get_user_connection()")
    notebook.run("del os.environ['ATTIO_NB_USER_CONNECTION']")
    assert "ATTIO_NB_USER_CONNECTION cannot be used" in ran.error
    assert "U+0009" in ran.error
    assert "very" not in ran.error


def test_connecting_again_replaces_the_value_and_keeps_the_id(notebook: Notebook) -> None:
    connect(notebook, "%connect user", "sk-old")
    (before,) = notebook.run("get_user_connection().id").results
    connect(notebook, "%connect user", "sk-new")
    assert notebook.run("f'{get_user_connection().value}'").results == ["'sk-new'"]
    assert notebook.run("get_user_connection().id").results == [before]


def test_disconnecting_empties_the_slot_and_says_so(notebook: Notebook) -> None:
    connect(notebook, "%connect user", "sk-1")
    assert "Disconnected the user connection." in notebook.run("%disconnect user").streams
    assert "nothing to disconnect" in notebook.run("%disconnect user").streams
    assert "You cancelled" in notebook.run("get_user_connection()", "").error


def test_adding_defines_a_connection_and_keeps_the_comments(
    notebook: Notebook, project: Path
) -> None:
    file = project / "attio-app.toml"
    file.write_text("# Ours, with care.\n" + KEYED)
    ran = notebook.run(
        '%connect --add workspace mailer --title "Mailer key" --host api.mailer.example '
        "--host *.mailer.example --help-url https://mailer.example/keys"
    )
    assert 'Added the workspace connection "mailer" to attio-app.toml.' in ran.streams
    written = file.read_text()
    assert written.startswith("# Ours, with care.\n")
    assert 'hosts = ["api.mailer.example", "*.mailer.example"]' in written
    assert "Mailer key" in notebook.run("%connect").results[0]


def test_adding_to_no_app_file_makes_one(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").unlink()
    assert "Added the user connection" in notebook.run("%connect --add user").streams
    assert (project / "attio-app.toml").exists()


def test_adding_twice_is_refused_and_changes_nothing(notebook: Notebook, project: Path) -> None:
    file = project / "attio-app.toml"
    file.write_text(KEYED)
    ran = notebook.run("%connect --add workspace sequencer")
    assert ran.error.startswith("AppFileError: attio-app.toml")
    assert file.read_text() == KEYED


def test_adding_a_provider_asks_for_the_client_and_writes_all_the_rest(
    notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(KEYED)
    ran = notebook.run("%connect --add user deals --provider hubspot", "my-client")
    assert "Register a client of HubSpot" in ran.streams
    assert "%connect user deals signs in, and asks for the client secret once." in ran.streams
    written = (project / "attio-app.toml").read_text()
    assert 'client_id = "my-client"' in written
    assert 'token_endpoint = "https://api.hubapi.com/oauth/v3/token"' in written
    assert "HubSpot" in notebook.run("%connect").results[0]


def test_adding_a_provider_where_nobody_can_be_asked_tells_the_steps(
    notebook: Notebook, project: Path
) -> None:
    before = (project / "attio-app.toml").read_text()
    ran = notebook.run("%connect --add user deals --provider hubspot", allow_stdin=False)
    assert ran.error.startswith("CommandError: Nothing was added yet.")
    assert "--client-id CLIENT-ID" in ran.error
    assert (project / "attio-app.toml").read_text() == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%connect workspce", 'Did you mean "workspace"?'),
        ("%connect --titel x", 'Did you mean "--title"?'),
        ("%connect --on-missing explode", 'it can be "ask" or "raise"'),
        ("%connect --as", "--as needs a member after it: "),
        ("%connect --as=", "--as needs a member after it: "),
        ("%connect --on-missing", 'it can be "ask" or "raise"'),
        ("%connect --add user x --title", "--title needs a word after it"),
        ("%connect --add user x --hosts a.example", 'Did you mean "--host"?'),
        ("%connect --provder google", 'Did you mean "--provider"?'),
        ("%connect --add user x --provider gogle", 'Did you mean "google"?'),
        ("%connect --as bob --on-missing ask", "lines of their own"),
        ("%connect --title x", "goes with --add"),
        ("%connect --as bob user", "take one word"),
        ('%connect --add user "key', "quotation mark"),
        ("%connect --add", 'Say whose connection: "workspace" or "user"'),
        ("%disconnect", 'Say whose connection: "workspace" or "user"'),
        ('%connect workspace ""', "The KEY is empty"),
        ('%disconnect user ""', "The KEY is empty"),
        ("%disconnect usr", 'Did you mean "user"?'),
        ("%disconnect user a b", "Too many words"),
        ("%connect --add user sk-live-0123456789abcdef", "never give a value here"),
        ("%disconnect user mailbox", "mailbox"),
    ],
)
def test_unknown_words_are_refused_with_a_suggestion(
    notebook: Notebook, line: str, said: str
) -> None:
    ran = notebook.run(line)
    assert ran.status == "error"
    assert said in ran.error
    assert "Traceback" not in ran.error


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("%connect --help", "%connect --as USER"),
        ("%connect -h", "%connect --as USER"),
        ("%connect --add --provider google --help", "%connect --as USER"),
        ("%disconnect -h", "%disconnect user [KEY]"),
        ("%disconnect user --help", "%disconnect user [KEY]"),
    ],
)
def test_help_shows_what_there_is(notebook: Notebook, line: str, shown: str) -> None:
    ran = notebook.run(line)
    assert ran.status == "ok"
    assert shown in ran.streams


@pytest.mark.parametrize(
    "line",
    [
        "%connect workspace sk-live-0123456789",
        "%connect workspace --value sk-live-0123456789",
        "%connect workspace --token=sk-live-0123456789",
    ],
)
def test_a_value_on_the_line_is_not_taken_and_the_person_is_asked(
    notebook: Notebook, line: str
) -> None:
    notebook.start(line)
    prompt = notebook.prompt()
    notebook.answer(prompt, "sk-typed")
    ran = notebook.finish()
    assert "A value is never taken on the command line" in ran.streams
    assert "sk-live" not in ran.streams
    assert notebook.run("f'{get_workspace_connection().value}'").results == ["'sk-typed'"]


def test_a_key_is_needed_where_there_are_several(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text(KEYED)
    ran = notebook.run("get_workspace_connection()")
    assert ran.error.startswith("UnknownConnectionError")
    assert "sequencer" in ran.error
    assert "enricher" in ran.error
    connect(notebook, "%connect workspace enricher", "sk-enrich")
    got = notebook.run("get_workspace_connection('enricher').connection_key").results
    assert got == ["'enricher'"]
    assert (
        'Did you mean "sequencer"?' in notebook.run("get_workspace_connection('sequenser')").error
    )


def test_bobs_connection_is_bobs_alone(cast: Notebook) -> None:
    connect(cast, "get_user_connection()", "sk-alice")
    connect(cast, "with acting_as('bob'): get_user_connection()", "sk-bob")
    both = cast.run(
        "import asyncio\n"
        "async def mine(user):\n"
        "    with acting_as(user):\n"
        "        await asyncio.sleep(0)\n"
        "        found = get_user_connection()\n"
        "        return f'{get_current_user()} {found.owned_by.id} {found.value}'\n"
        "await asyncio.gather(mine('alice'), mine('bob'))"
    )
    assert both.results == ["[\"{'id': 'alice'} alice sk-alice\", \"{'id': 'bob'} bob sk-bob\"]"]
    assert cast.run("get_current_user()").results == ["{'id': 'alice'}"]


def test_bob_sees_the_workspace_value_and_cannot_configure_it(cast: Notebook) -> None:
    refused = (
        "NotAllowedError: bob is a member, and only an admin can configure a workspace "
        "connection. Ask alice."
    )
    cast.run("%connect --as bob")
    assert cast.run("get_workspace_connection()").error == refused
    assert cast.run("%connect workspace").error == refused
    cast.run("%connect --as alice")
    connect(cast, "%connect workspace", "sk-shared")
    cast.run("%connect --as bob")
    assert cast.run("f'{get_workspace_connection().value}'").results == ["'sk-shared'"]
    assert cast.run("get_workspace_connection().created_by.id").results == ["'alice'"]
    for line in ("%disconnect workspace", "%connect --add workspace other", "%connect workspace"):
        assert cast.run(line).error == refused
    assert "Acting as" not in cast.run("%connect --as carol").streams


def test_a_person_whom_the_app_file_does_not_name_is_told_both_ways_out(
    notebook: Notebook, project: Path
) -> None:
    file = project / "attio-app.toml"
    file.write_text(file.read_text() + MEMBERS)
    error = notebook.run("get_user_connection()", allow_stdin=False).error
    assert "who is not a member in attio-app.toml" in error
    assert "%connect --as alice" in error


def test_acting_as_somebody_without_members_tells_what_to_write(notebook: Notebook) -> None:
    assert 'id = "bob" and role = "member"' in notebook.run("%connect --as bob").error


def test_the_tab_key_knows_owners_keys_options_and_members(cast: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text(KEYED + MEMBERS)
    cast.run("1")
    assert {"workspace", "user", "--add", "--as"} <= set(completions(cast, "%connect "))
    assert completions(cast, "%connect wor") == ["workspace"]
    assert completions(cast, "%connect workspace ") == ["sequencer", "enricher"]
    assert completions(cast, "%disconnect workspace se") == ["sequencer"]
    assert completions(cast, "%connect workspace sequencer --") == [
        "--client-secret",
        "--forget-client-secret",
        "--rename-key",
        "--use-stored",
    ]
    assert completions(cast, "%connect user --f") == ["--forget-client-secret"]
    assert completions(cast, "%connect --as ") == ["alice", "bob"]
    assert completions(cast, "%connect --on-missing ") == ["ask", "raise"]
    assert {"--title", "--provider"} <= set(completions(cast, "%connect --add workspace x "))
    assert completions(cast, "%connect --add user x --provider g") == ["google", "github"]
    assert "none" in completions(cast, "%connect --add user --client-authentication ")


def test_the_tab_key_survives_a_broken_app_file(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text("[app")
    notebook.run("1")
    assert "sequencer" not in completions(notebook, "%connect workspace ")
    assert notebook.run("1 + 1").results == ["2"]


def test_help_explains_with_examples(notebook: Notebook) -> None:
    reply = notebook.client.inspect("%connect", 8, reply=True, timeout=30)
    text = reply["content"]["data"]["text/plain"]
    assert "%connect --as bob" in text
    assert "typed into the prompt" in text


def test_a_change_of_the_app_file_is_seen_by_the_next_cell(
    notebook: Notebook, project: Path
) -> None:
    file = project / "attio-app.toml"
    notebook.run("%connect")
    file.write_text(file.read_text().replace("Prospects", "Leads"))
    assert notebook.run("%connect").results[0].startswith("Leads:")


def test_a_broken_app_file_is_one_line_with_its_place(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text('[app]\nid = "x"\n\n[[connections]]\nowner = 3\n')
    error = notebook.run("get_workspace_connection()").error
    assert error.startswith("AppFileError: attio-app.toml, line 5:")


def test_unloading_takes_the_magics_out_and_loading_puts_them_back(notebook: Notebook) -> None:
    notebook.run("%unload_ext attio_nb")
    assert "not found" in notebook.run("%connect").streams
    notebook.run("%load_ext attio_nb")
    assert notebook.run("%connect").status == "ok"


def test_loading_twice_asks_once(notebook: Notebook) -> None:
    notebook.run("%reload_ext attio_nb")
    notebook.run("%connect --on-missing raise")
    notebook.start("get_user_connection()", cell_id="c")
    notebook.prompt()
    assert len(notebook.finish().opened) == 1
