"""Adding and editing connections by way of the Jupyter server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.jupyter.conftest import Project

MEMBERS = """
# Who may do what.
[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""
NEW = {"owner": "user", "key": "mail", "type": "secret", "title": "Mail", "hosts": ["a.example"]}
SIGN_IN = {
    "owner": "user",
    "key": "drive",
    "type": "oauth2",
    "client_id": "notebooks",
    "authorization_endpoint": "https://as.example.com/authorize",
    "token_endpoint": "https://as.example.com/token",
}


def send(project: Project, method: str, definition: object, **more: Any) -> str:
    content = {"path": project.path, "acting": "", "definition": definition, **more}
    answer = project.server.request(method, "definitions", json=content)
    assert answer.status_code == 200, answer.text
    message: str = answer.json()["message"]
    return message


def check(project: Project, definition: object, **more: Any) -> dict[str, Any]:
    content = {"path": project.path, "acting": "", "definition": definition, "editing": None}
    answer = project.server.request("POST", "definitions/check", json=content | more)
    assert answer.status_code == 200, answer.text
    checked: dict[str, Any] = answer.json()
    assert checked.keys() == {"field", "message", "key", "registration"}
    return checked


def test_a_connection_is_added_and_edited_and_comments_stay(project: Project) -> None:
    project.write(MEMBERS)
    assert send(project, "POST", NEW) == ""
    added = project.state()["connections"]
    assert [(each["key"], each["label"], each["hosts"]) for each in added] == [
        ("mail", "Mail", ["a.example"])
    ]
    editing = {"owner": "user", "key": "mail"}
    assert send(project, "PUT", added[0]["definition"] | {"title": "Post"}, editing=editing) == ""
    assert [each["label"] for each in project.state()["connections"]] == ["Post"]
    assert "# Who may do what." in project.file.read_text()


@pytest.mark.parametrize("by_now", ["", '[app]\nid = "other"\nname = "Other"\n'])
def test_what_was_begun_for_one_app_is_written_into_no_other(project: Project, by_now: str) -> None:
    """The file is gone, or another one, when a form is saved that was opened before."""
    project.write()
    app = {"id": project.folder.name, "workspace": project.state()["app"]["workspace"]}
    assert check(project, NEW, app=app)["message"] == ""
    project.file.unlink()
    if by_now:
        project.file.write_text(by_now)
    found = "it is another app, Other" if by_now else "there is no app file"
    refused = f"What the tab showed is not here any more: by now {found}."
    assert refused in check(project, NEW, app=app)["message"]
    assert refused in send(project, "POST", NEW, app=app)
    assert refused in send(project, "PUT", NEW, app=app, editing={"owner": "user", "key": "mail"})
    assert (project.file.read_text() if project.file.exists() else "") == by_now


def test_what_was_saved_elsewhere_since_the_form_was_opened_stays(project: Project) -> None:
    """Two windows have a form of the same connection open."""
    project.write()
    send(project, "POST", NEW)
    opened = project.state()["connections"][0]["definition"]
    editing = {"owner": "user", "key": "mail", "definition": opened}
    assert send(project, "PUT", opened | {"hosts": ["b.example"]}, editing=editing) == ""
    assert send(project, "PUT", opened | {"title": "Post"}, editing=editing) == ""
    (shown,) = project.state()["connections"]
    assert (shown["label"], shown["hosts"]) == ("Post", ["b.example"])
    told = send(project, "PUT", opened | {"hosts": ["c.example"]}, editing=editing)
    assert "hosts was changed in the file" in told
    assert project.state()["connections"] == [shown]
    assert send(project, "PUT", opened, editing=editing | {"definition": 5})


def test_the_first_connection_makes_the_app_file(project: Project) -> None:
    assert project.state()["app"] is None
    assert send(project, "POST", NEW) == ""
    assert project.state()["app"]["path"] == f"{project.folder.name}/attio-app.toml"
    assert len(project.state()["connections"]) == 1


def test_what_is_wrong_is_said_and_nothing_is_written(project: Project) -> None:
    project.write(MEMBERS)
    before = project.file.read_bytes()
    wrong = NEW | {"hosts": ["not a host"]}
    assert "hosts" in send(project, "POST", wrong) or "host" in send(project, "POST", wrong)
    assert "only an admin" in send(project, "POST", NEW | {"owner": "workspace"}, acting="bob")
    assert '"carol"' in send(project, "POST", NEW, acting="carol")
    editing = {"owner": "user", "key": "no-such-key"}
    assert send(project, "PUT", NEW, editing=editing)
    assert project.file.read_bytes() == before


@pytest.mark.parametrize("owner", ["workspace", "user"])
def test_a_form_that_is_saved_as_it_was_opened_adds_nothing(project: Project, owner: str) -> None:
    message = send(project, "POST", {"owner": owner, "type": "secret", "title": "", "hosts": []})
    assert message == "Give the connection a title or a key, or choose a service."
    assert not project.file.exists()
    assert send(project, "POST", {"owner": owner, "type": "secret", "title": "Mail"}) == ""


def test_a_definition_is_looked_at_as_it_is_typed(project: Project) -> None:
    project.write()
    right = {"field": "", "message": "", "key": NEW["key"], "registration": None}
    assert check(project, NEW) == right
    wrong = check(project, NEW | {"hosts": ["not a host"]})
    assert wrong["field"] == "hosts"
    assert wrong["message"]
    assert check(project, NEW, path="../x.ipynb")["message"]
    assert check(project, NEW, acting="carol")["message"]


def test_what_to_register_is_said(project: Project) -> None:
    project.write()
    callback = project.server.callback
    for local in (True, False):
        checked = check(project, SIGN_IN, callback_url=callback, local=local)
        assert checked["message"] == ""
        assert checked["registration"]["addresses"]
    assert callback in checked["registration"]["addresses"]


def test_a_second_provider_gets_a_redirect_uri_of_its_own(project: Project) -> None:
    project.write()
    callback = project.server.callback
    assert send(project, "POST", SIGN_IN) == ""
    other = SIGN_IN | {"key": "other", "token_endpoint": "https://other.example/token"}
    for local, address in ((True, "http://127.0.0.1/callback/other"), (False, f"{callback}/other")):
        checked = check(project, other, callback_url=callback, local=local)
        assert checked["registration"]["addresses"] == [address]
    assert send(project, "POST", other) == ""
    assert 'redirect_path = "/callback/other"' in project.file.read_text()
    first, second = (each["definition"] for each in project.state()["connections"])
    assert "redirect_path" not in first
    # One that is edited stays as it is registered.
    for kept, address in ((first, callback), (second, f"{callback}/other")):
        editing = {"owner": "user", "key": kept["key"], "definition": kept}
        checked = check(project, kept, callback_url=callback, local=False, editing=editing)
        assert checked["registration"]["addresses"] == [address]


@pytest.mark.parametrize("definition", [None, 5, "x", [], {}, {"owner": []}, {"owner": {"a": 1}}])
def test_what_is_no_definition_is_said(project: Project, definition: object) -> None:
    project.write()
    before = project.file.read_bytes()
    assert check(project, definition)["message"]
    assert send(project, "POST", definition)
    assert project.file.read_bytes() == before


@pytest.mark.parametrize("editing", [5, "x", [], {}, {"owner": "user"}, {"owner": [], "key": None}])
def test_an_edit_of_nothing_is_said(project: Project, editing: object) -> None:
    project.write()
    before = project.file.read_bytes()
    assert "edited" in check(project, NEW, editing=editing)["message"]
    assert "edited" in send(project, "PUT", NEW, editing=editing)
    assert project.file.read_bytes() == before


def test_an_edit_that_names_nothing_is_refused(project: Project) -> None:
    answer = project.server.request("PUT", "definitions", json={"path": project.path})
    assert answer.status_code == 400
    assert "which connection is edited" in answer.json()["message"]


def test_the_providers_that_are_known_are_told(project: Project) -> None:
    presets = project.server.request("GET", "presets").json()["presets"]
    assert {"id", "name", "definition", "help_url"} <= presets[0].keys()
