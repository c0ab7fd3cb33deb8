"""What a person is asked about a value that they have typed, before it is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.connections.cleaning import find_extra, without_ends
from attio_nb.connections.secret import SecretStr, check_secret

if TYPE_CHECKING:
    from attio_nb.connections.cleaning import Finding
    from attio_nb.connections.prompter import Answer

__all__ = ["Choice", "Question", "question_about"]

ANOTHER = "Type another value"


class Choice(NamedTuple):
    """One way to answer a question.

    Attributes:
        label: What it does, in a few words.
        answer: What goes on with it; None to type another value.
    """

    label: str
    answer: Answer | None


class Question(NamedTuple):
    """What a person decides about a value.

    Attributes:
        text: What was found; nothing of the value is in it.
        choices: What they can do; the first is the best one.
        unattended: What goes on where nobody can be asked; None to refuse the value.
    """

    text: str
    choices: tuple[Choice, ...]
    unattended: Answer | None


def question_about(answer: Answer) -> Question | Answer:
    """Return what to ask about a typed value, or the answer with the value as it is to be kept.

    Args:
        answer: What a person has typed, and has confirmed so far.

    Raises:
        InvalidSecretError: No answer to any question makes a value of it.
    """
    value = without_ends(answer.value)
    if not value.strip("\"'`<>"):
        value = SecretStr("")
    tidy = replace(answer, value=value)
    found = find_extra(value, answer.confirmed) if value else None
    if found is None:
        check_secret(value, several_lines="lines" in answer.confirmed)
        return tidy
    return _question(found, tidy)


def _question(found: Finding, answer: Answer) -> Question:
    choices = []
    if found.cleaned is not None:
        choices.append(Choice(found.take_off, replace(answer, value=found.cleaned)))
    kept = replace(answer, confirmed=answer.confirmed | {found.kind})
    if found.keep:
        choices.append(Choice(found.keep, kept))
    return Question(
        found.text, (*choices, Choice(ANOTHER, None)), unattended=kept if found.keep else None
    )
