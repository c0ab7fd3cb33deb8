"""A TOML document that knows where everything in it stands."""

from __future__ import annotations

import bisect
import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    from pathlib import Path

    from attio_nb.app.places import Places

__all__ = ["Document"]


@dataclass(frozen=True)
class Document:
    """An app file as TOML has it, not checked yet.

    Attributes:
        path: The file.
        text: What stands in it.
        data: The same, parsed.
        unwritten: The index of a connection that is not in the file yet, or None.
    """

    path: Path
    text: str
    data: dict[str, Any]
    unwritten: int | None = None

    @classmethod
    def parse(cls, text: str, path: Path, *, unwritten: int | None = None) -> Document:
        """Parse a text.

        Args:
            text: What stands in the file, or will.
            path: The file.
            unwritten: The index of a connection that is not in the file yet.

        Raises:
            AppFileError: It is not TOML, or holds more than Python reads.
        """
        # Together 20 ms: paid when an app file is read, not when the package is imported.
        import tomllib

        try:
            return cls(path, text, tomllib.loads(text), unwritten)
        except tomllib.TOMLDecodeError as error:
            from attio_nb.app.syntax import syntax_error

            raise syntax_error(error, text, path) from None
        except ValueError:
            # What Python says of an integer that is too long is all that `tomllib` lets through.
            raise AppFileError(
                f"an integer here has more than {sys.get_int_max_str_digits()} digits, which "
                "nothing in an app file may have. Write what was meant; text stands in quotes.",
                path=path,
                line=_line_of_long_integer(text),
            ) from None
        except RecursionError:
            raise AppFileError("this is nested too deeply to be an app file.", path=path) from None

    def line(self, *place: str | int) -> int | None:
        """Return the line of a key, table or element, or None where it is not known.

        What is not there stands where it is missing: in the table that it would be in.
        """
        if place[:2] == ("connections", self.unwritten):
            return None
        while place and place not in self._places.lines:
            place = place[:-1]
        return self._places.lines.get(place)

    def error(self, message: str, *place: str | int) -> AppFileError:
        """Return an error about one place of the file.

        Args:
            message: What is wrong and what would be right.
            place: The way to what is at fault; nothing for the file as a whole.
        """
        # What it repeats of the file may have several lines, which would look like ours.
        line = message.replace("\n", r"\u000a")
        return AppFileError(line, path=self.path, line=self.line(*place), place=place)

    @functools.cached_property
    def _places(self) -> Places:
        # Only an error needs lines.
        from attio_nb.app.places import find_places

        return find_places(self.text)


def _line_of_long_integer(text: str) -> int | None:
    """Return the line of an integer that Python does not read, or None where it is not known."""
    lines = text.split("\n")
    # The text is read from its start: it fails so from the line of the integer on, and not before.
    number = bisect.bisect_left(
        range(len(lines)), True, key=lambda index: _has_long_integer("\n".join(lines[: index + 1]))
    )
    return number + 1 if number < len(lines) else None


def _has_long_integer(text: str) -> bool:
    import tomllib

    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
    except ValueError:
        return True
    return False
