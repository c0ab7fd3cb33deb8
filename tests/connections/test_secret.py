"""A value that does not show itself, and what cannot be one."""

from __future__ import annotations

import copy
import json

import pytest

from attio_nb.connections.secret import MASK, SecretStr, check_secret
from attio_nb.errors import InvalidSecretError

VALUE = SecretStr("sk-very-secret")


def test_every_face_is_a_mask() -> None:
    assert [repr(VALUE), str(VALUE), f"{VALUE!s}", f"{VALUE!r}", "%s" % VALUE] == [MASK] * 5  # noqa: UP031
    assert repr({"key": [VALUE]}) == f"{{'key': [{MASK}]}}"


def test_what_is_formatted_joined_or_encoded_holds_the_content() -> None:
    assert f"Bearer {VALUE}" == "Bearer sk-very-secret"
    assert "Bearer " + VALUE == "Bearer sk-very-secret"
    assert f"{VALUE:>16}" == "  sk-very-secret"
    assert VALUE.encode() == b"sk-very-secret"
    assert json.dumps([VALUE]) == '["sk-very-secret"]'


def test_masking_twice_and_copying_keep_the_content() -> None:
    for again in (SecretStr(VALUE), copy.copy(VALUE), copy.deepcopy(VALUE), check_secret(VALUE)):
        assert repr(again) == MASK
        assert f"{again}" == "sk-very-secret"


def test_a_mask_can_go_into_no_header() -> None:
    with pytest.raises(UnicodeEncodeError):
        str(VALUE).encode("latin-1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Nothing was entered"),
        (" \t ", "Nothing was entered"),
        ("one\ntwo", "line break"),
        ("one\r", "line break"),
        ("one\n", "line break"),
        ("••••••••", "the mask"),
        ("x" * 100_000, "100,000 characters long"),
        ("a\tb", "U+0009"),
        ("a–b", "U+2013"),
        ("a\x7fb", "U+007F"),
        ("🔑", "U+1F511"),
    ],
)
def test_what_no_header_carries_is_refused_and_not_shown(text: str, said: str) -> None:
    with pytest.raises(InvalidSecretError, match=said.replace("+", r"\+")) as refusal:
        check_secret(text)
    if text.strip():
        assert text not in str(refusal.value)


def test_latin_1_and_inner_spaces_are_accepted() -> None:
    assert f"{check_secret('clé secrète')}" == "clé secrète"
