"""What is taken off a typed value, what is asked about it, and what it cannot be."""

from __future__ import annotations

import pytest

from attio_nb.connections.prompter import Answer
from attio_nb.connections.questions import Question, question_about
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import InvalidSecretError

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nAbc+/=\n-----END PRIVATE KEY-----"
ACCOUNT = '{\n  "type": "service_account",\n  "private_key": "abc"\n}'


def asked(text: str) -> Question:
    found = question_about(Answer(SecretStr(text)))
    assert isinstance(found, Question)
    return found


def chosen(question: Question, label: str) -> Question | Answer:
    """Return what comes of a choice."""
    (answer,) = [each.answer for each in question.choices if each.label == label]
    assert answer is not None
    return question_about(answer)


def kept(found: Question | Answer) -> str:
    assert isinstance(found, Answer)
    return str.__str__(found.value)


@pytest.mark.parametrize(
    "text",
    [
        "sk-1",
        " sk-1 ",
        "sk-1\n",
        "sk-1\r\n",
        "\n\tsk-1\n\n",
        "\ufeffsk-1",
        "\u200bsk-1\u200b",
        "\u00a0sk-1\u3000",
        "\u202ask-1\u202c",
        "sk-1\u2028",
        "sk-1\x00",
        "\u2800sk-1\ufe0f",
        "\u00adsk-1\x7f",
    ],
)
def test_what_nobody_sees_at_the_ends_is_taken_off(text: str) -> None:
    assert kept(question_about(Answer(SecretStr(text)))) == "sk-1"


@pytest.mark.parametrize(
    "text",
    [
        "a b c",
        "user:password",
        "https://hooks.example.com/x?y=z",
        "YWJjZA==",
        "YWJjZA=",
        "abc==def",
        "tokens-are-fun",
        "basic",
        "{'a': 1}",
        '{"type": "service_account"}',
        "clé secrète",
        "it's",
    ],
)
def test_an_ordinary_value_is_kept_without_a_question(text: str) -> None:
    assert kept(question_about(Answer(SecretStr(text)))) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"sk-1"', "quotation marks"),
        ("'sk-1'", "quotation marks"),
        ("`sk-1`", "quotation marks"),
        ("“sk-1”", "quotation marks"),
        ("«sk-1»", "quotation marks"),
        ('"sk-1', "begins with a quotation mark"),
        ("sk-1”", "ends with a quotation mark"),
        ("<sk-1>", "angle brackets"),
        ("Bearer sk-1", "“Bearer”"),
        ("bearer\tsk-1", "“bearer”"),
        ("Bearer: sk-1", "“Bearer”"),
        ("Basic sk-1", "“Basic”"),
        ("token sk-1", "“token”"),
        ("SSWS sk-1", "“SSWS”"),
        ("Authorization: Bearer sk-1", "“Bearer”"),
        ("authorization: sk-1", "a name"),
        ("X-Api-Key: sk-1", "a name"),
        ("API_KEY=sk-1", "a name"),
        ("API_KEY = sk-1", "a name"),
        ("export API_KEY=sk-1", "a name"),
        ('export API_KEY="sk-1";', "a name"),
        ("set API_KEY=sk-1", "a name"),
        ("$env:API_KEY='sk-1'", "a name"),
        ("api_key: sk-1", "a name"),
        ('"api_key": "sk-1",', "a name"),
        ('API_KEY="Bearer sk-1"', "“Bearer”"),
        ('-H "Authorization: Bearer sk-1"', "curl"),
        (' " sk-1 " ', "quotation marks"),
    ],
)
def test_what_stands_around_a_value_is_offered_to_be_taken_off(text: str, said: str) -> None:
    question = asked(text)
    assert said in question.text
    assert "sk-1" not in question.text
    assert "API_KEY" not in question.text
    assert kept(chosen(question, "Take that off")) == "sk-1"
    # What no header can carry can only be taken off.
    if text.isascii() and "\t" not in text:
        assert kept(chosen(question, "Keep it as it is")) == text.strip()
    assert question.choices[-1].answer is None


@pytest.mark.parametrize(("text", "what"), [(PEM, "a PEM block of 4"), (ACCOUNT, "JSON of 4")])
def test_several_lines_are_kept_once_confirmed(text: str, what: str) -> None:
    question = asked(f"{text}\n")
    assert what in question.text
    assert kept(chosen(question, "Keep all 4 lines")) == text
    assert kept(chosen(asked(text.replace("\n", "\r\n")), "Keep all 4 lines")).count("\r\n") == 3


def test_one_question_comes_after_the_other() -> None:
    question = chosen(asked(f'PRIVATE_KEY="{PEM}"'), "Take that off")
    assert isinstance(question, Question)
    assert kept(chosen(question, "Keep all 4 lines")) == PEM
    question = chosen(asked("Bearer s\u200bk"), "Take that off")
    assert isinstance(question, Question)
    assert kept(chosen(question, "Take it out")) == "sk"


@pytest.mark.parametrize(
    ("text", "said", "has_keep"),
    [
        ("s\u200bk-1", "U+200B, which is character 2", False),
        ("s\u200bk\u200b-1", "2 invisible characters inside: the first is U+200B", False),
        ("s\u00a0k-1", "U+00A0", True),
        ("s\u00adk-1", "U+00AD", True),
        ("s\u202ek-1", "U+202E", False),
    ],
)
def test_invisible_characters_inside_are_told(text: str, said: str, has_keep: bool) -> None:
    question = asked(text)
    assert said in question.text
    first = question.choices[0].answer
    assert first is not None
    assert kept(question_about(first)) == "sk-1"
    assert ("Keep it as it is" in [each.label for each in question.choices]) is has_keep


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Nothing was entered"),
        (" \u200b\n", "Nothing was entered"),
        ('""', "Nothing was entered"),
        ("••••••••", "the mask"),
        ("a\tb", "U+0009"),
        ("a–b", "U+2013"),
        ("x" * 20_000, "20,000 characters"),
    ],
)
def test_what_no_question_mends_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidSecretError) as error:
        question_about(Answer(SecretStr(text)))
    assert said in str(error.value)


def test_a_control_character_in_several_lines_is_refused() -> None:
    with pytest.raises(InvalidSecretError, match="control character"):
        chosen(asked("one\ntw\x1bo"), "Keep all 2 lines")
