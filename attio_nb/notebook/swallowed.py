"""Finding the line that caught a connection error and kept it to itself."""

from __future__ import annotations

import ast
import linecache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Line", "catching_line", "reached"]


class Line(NamedTuple):
    """A line of code.

    Attributes:
        file: The file it stands in.
        number: Its number, counted from 1.
        text: What it says, without indentation.
    """

    file: str
    number: int
    text: str


def reached(top: BaseException | None, error: BaseException) -> bool:
    """Say whether an error is what ended the cell, on its own or in an exception group."""
    if isinstance(top, BaseExceptionGroup):
        return any(reached(inner, error) for inner in top.exceptions)
    return top is error


def catching_line(error: BaseException) -> Line | None:
    """Return the ``except`` line that caught the error, or else the line that it came through.

    Args:
        error: It was raised and caught, so that its traceback begins in the frame that caught it.
    """
    traceback = error.__traceback__
    if traceback is None:
        return None
    file, number = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
    lines = linecache.getlines(file, traceback.tb_frame.f_globals)
    number = _handler(lines, number, error) or number
    text = lines[number - 1].strip() if number <= len(lines) else ""
    return Line(file, number, text)


def _handler(lines: list[str], number: int, error: BaseException) -> int | None:
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    around = [statement for statement in _tries(tree) if _covers(statement.body, number)]
    innermost = max(around, key=lambda statement: statement.lineno, default=None)
    if innermost is None or not innermost.handlers:
        return None
    return next(
        (h.lineno for h in innermost.handlers if _may_catch(h, error)), innermost.handlers[0].lineno
    )


def _tries(tree: ast.AST) -> Iterator[ast.Try | ast.TryStar]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Try | ast.TryStar))


def _covers(body: list[ast.stmt], number: int) -> bool:
    return body[0].lineno <= number <= (body[-1].end_lineno or body[-1].lineno)


def _may_catch(handler: ast.ExceptHandler, error: BaseException) -> bool:
    if handler.type is None:
        return True
    names = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        for node in ast.walk(handler.type)
    }
    return not names.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def explain(error: BaseException) -> str:
    """Return the sentence that tells where an error was caught that should have come through.

    Args:
        error: A connection error that did not end the cell.
    """
    line = catching_line(error)
    place = f", at line {line.number} of {_file(line)} ({line.text})" if line else ""
    return (
        f"A connection is missing, and your code caught the error that says so{place}. In Attio "
        "nobody would be asked: "
        "call the getter outside of the try, and let it raise."
    )


def _file(line: Line) -> str:
    return (
        "this cell" if "ipykernel_" in line.file or line.file.startswith("<ipython") else line.file
    )
