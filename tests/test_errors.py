"""The error tree: what is in it, and how it looks in a notebook."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import pytest

from attio_nb import errors
from attio_nb.errors import AppFileError, AttioError, NoUserConnectionError

KINDS = [
    kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, AttioError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_in_the_drawn_tree(kind: type[AttioError]) -> None:
    assert f" {kind.__name__} " in f"{errors.__doc__}".replace("\n", " ")


def test_every_error_but_the_bases_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_the_codes_that_attio_has_are_attios() -> None:
    codes = {kind.code for kind in KINDS}
    assert {
        "no-user-connection",
        "no-workspace-connection",
        "unexpected-transport-error",
    } <= codes


def test_an_error_shows_as_its_message_alone() -> None:
    error = NoUserConnectionError("Nobody has connected.", reason="cancelled")
    assert error._render_traceback_() == ["NoUserConnectionError: Nobody has connected."]


def test_an_app_file_error_begins_with_its_place() -> None:
    path = Path("/somewhere/attio-app.toml")
    assert str(AppFileError("Broken.", path=path, line=3)) == "attio-app.toml, line 3: Broken."
    assert str(AppFileError("Broken.", path=path)) == "attio-app.toml: Broken."


@pytest.mark.parametrize(
    "error",
    [
        NoUserConnectionError("Nobody.", reason="cancelled"),
        AppFileError("Broken.", path=Path("attio-app.toml"), line=3),
        AttioError("Other."),
    ],
)
def test_an_error_comes_back_whole_from_another_process(error: AttioError) -> None:
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  # made here
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)
