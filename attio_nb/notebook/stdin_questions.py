"""Questions about a typed value, in a terminal and in a front end that has no labextension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.connections.questions import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import Answer

__all__ = ["decided"]

NUMBER = "Type a number (hidden; Enter alone cancels): "


def decided(
    answer: Answer,
    review: Callable[[Answer], Question | Answer],
    *,
    read: Callable[[str], str | None],
    show: Callable[[str], None],
) -> Answer | None:
    """Return what is to be accepted, once the person has decided all that is asked about it.

    Args:
        answer: What they have typed.
        review: Returns what to ask about an answer, or the answer as it is to be accepted.
        read: Shows a prompt and returns a line; None where nothing has to be answered any more.
        show: Shows a line.

    Returns:
        None where they want to type another value, or nothing has to be answered any more.
    """
    reviewed = review(answer)
    while isinstance(reviewed, Question):
        chosen = _chosen(reviewed, read, show)
        if chosen is None:
            return None
        reviewed = review(chosen)
    return reviewed


def _chosen(
    question: Question, read: Callable[[str], str | None], show: Callable[[str], None]
) -> Answer | None:
    show(question.text)
    for number, choice in enumerate(question.choices, 1):
        show(f"  {number}  {choice.label}")
    while (line := read(NUMBER)) is not None:
        typed = str.__str__(line).strip()
        if typed.isdecimal() and 0 < int(typed) <= len(question.choices):
            return question.choices[int(typed) - 1].answer
        show(f"That is none of them. Type a number from 1 to {len(question.choices)}.")
    return None
