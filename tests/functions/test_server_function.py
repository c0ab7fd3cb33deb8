"""A server function is called as on Attio's servers, and looks like the function that it is."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import BoundaryError
from attio_nb.execution import Execution, current_execution
from attio_nb.functions.server_function import ServerFunctions

ADA = Execution("local", "ada", "admin")
BOB = Execution("local", "bob", "member")
server_function = ServerFunctions(lambda: current_execution.get() or ADA)


@server_function
async def echo(value: Any = (1,), *rest: Any, when: Any = None, **more: Any) -> Any:
    """Return what arrived."""
    return [value, list(rest), when, more]


@server_function
async def add_to_sequence(*, email: str, sequence_id: int) -> dict[str, Any]:
    """Add a prospect."""
    return {"email": email, "sequenceId": sequence_id}


@server_function
async def running() -> list[str | None]:
    """Return who runs what."""
    await asyncio.sleep(0)
    execution = current_execution.get()
    return [execution.user, execution.server_function] if execution else []


def test_it_returns_what_the_function_returns() -> None:
    result = asyncio.run(add_to_sequence(email="ada@example.com", sequence_id=7))
    assert result == {"email": "ada@example.com", "sequenceId": 7}


def test_arguments_pass_through_json() -> None:
    @server_function
    async def kinds(*args: Any, **kwargs: Any) -> list[str]:
        return [repr(args), repr(kwargs)]

    when = datetime(2026, 1, 2, tzinfo=UTC)
    assert asyncio.run(kinds((1,), when, key="s", nan=float("nan"))) == [
        "([1], '2026-01-02T00:00:00.000Z')",
        "{'key': 's', 'nan': None}",
    ]


def test_the_result_passes_through_json() -> None:
    @server_function
    async def result() -> Any:
        return {1: (datetime(2026, 1, 2, tzinfo=UTC), SecretStr("s"))}

    assert asyncio.run(result()) == {"1": ["2026-01-02T00:00:00.000Z", "s"]}


def test_defaults_do_not_pass_through_json_since_they_are_made_inside() -> None:
    @server_function
    async def default(value: Any = (1, 2)) -> str:
        return type(value).__name__

    assert asyncio.run(default()) == "tuple"
    assert asyncio.run(default((1, 2))) == "list"


def test_what_the_caller_passes_is_not_changed() -> None:
    @server_function
    async def change(tags: list[str]) -> list[str]:
        tags.append("changed")
        return tags

    tags = ["a"]
    assert asyncio.run(change(tags)) == ["a", "changed"]
    assert tags == ["a"]


@pytest.mark.parametrize(
    ("args", "kwargs", "place"),
    [
        (({1},), {}, 'argument "value": a set'),
        ((), {"when": {"dates": [1, 2, {3}]}}, 'argument "when" at when["dates"][2]: a set'),
        ((1, 2, [{3}]), {}, 'argument "rest" at rest[1][0]: a set'),
        ((), {"other": [{3}]}, 'argument "other" at other[0]: a set'),
    ],
)
def test_an_argument_that_cannot_pass_is_named(
    args: tuple[Any, ...], kwargs: dict[str, Any], place: str
) -> None:
    with pytest.raises(BoundaryError) as error:
        asyncio.run(echo(*args, **kwargs))
    assert str(error.value).startswith(f"echo(): {place} cannot pass")


def test_a_result_that_cannot_pass_is_named() -> None:
    @server_function
    async def tags() -> Any:
        return {"tags": {1}}

    with pytest.raises(BoundaryError, match=r'^tags\(\): its result at result\["tags"\]: a set'):
        asyncio.run(tags())


def test_an_argument_that_cannot_pass_keeps_the_function_from_running() -> None:
    ran = []

    @server_function
    async def act(value: Any) -> None:
        ran.append(value)

    with pytest.raises(BoundaryError):
        asyncio.run(act({1}))
    assert ran == []


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {"email": "a"}),
        ((1,), {"email": "a", "sequence_id": 1}),
        ((), {"email": "a", "sequence_id": 1, "mail": "b"}),
    ],
)
def test_a_wrong_call_gets_the_message_that_python_gives(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    async def add_to_sequence_itself(*, email: str, sequence_id: int) -> None: ...

    with pytest.raises(TypeError) as plain:
        add_to_sequence_itself(*args, **kwargs)
    with pytest.raises(TypeError) as ours:
        asyncio.run(add_to_sequence(*args, **kwargs))
    expected = str(plain.value).replace("_itself", "").rpartition("<locals>.")[2]
    assert str(ours.value) == expected


def test_an_error_of_the_function_comes_out_as_it_is() -> None:
    failure = LookupError("no such sequence")

    @server_function
    async def fail() -> None:
        raise failure

    with pytest.raises(LookupError) as error:
        asyncio.run(fail())
    assert error.value is failure
    assert error.value.__cause__ is None
    assert traceback.extract_tb(error.value.__traceback__)[-1].name == "fail"


def test_it_keeps_name_docstring_signature_and_kind() -> None:
    assert echo.__name__ == "echo"
    assert echo.__doc__ == "Return what arrived."
    assert echo.__module__ == __name__
    assert str(inspect.signature(add_to_sequence)) == (
        "(*, email: 'str', sequence_id: 'int') -> 'dict[str, Any]'"
    )
    assert inspect.iscoroutinefunction(echo)


class TestWhoRunsIt:
    def test_a_call_runs_on_behalf_of_whoever_acts(self) -> None:
        async def as_bob() -> list[str | None]:
            current_execution.set(BOB)
            return await running()

        assert asyncio.run(running()) == ["ada", "running"]
        assert asyncio.run(as_bob()) == ["bob", "running"]

    def test_after_a_call_everything_is_as_before(self) -> None:
        @server_function
        async def fail() -> None:
            raise LookupError

        async def around() -> Execution | None:
            await running()
            with pytest.raises(LookupError):
                await fail()
            return current_execution.get()

        assert asyncio.run(around()) is None

    def test_a_call_from_another_server_function_is_a_plain_call(self) -> None:
        @server_function
        async def inner(value: Any) -> Any:
            return value

        @server_function
        async def outer() -> list[bool]:
            value = ({1}, object())
            return [await inner(value) is value]

        assert asyncio.run(outer()) == [True]

    def test_a_plain_call_runs_as_the_function_that_was_called_from_outside(self) -> None:
        @server_function
        async def outer() -> Any:
            return await running()

        assert asyncio.run(outer()) == ["ada", "outer"]

    def test_tasks_of_a_server_function_make_plain_calls_too(self) -> None:
        @server_function
        async def outer() -> Any:
            return await asyncio.gather(running(), asyncio.create_task(running()))

        assert asyncio.run(outer()) == [["ada", "outer"], ["ada", "outer"]]

    def test_two_calls_at_once_do_not_see_each_other(self) -> None:
        both_inside = asyncio.Barrier(2)

        @server_function
        async def first() -> Any:
            await both_inside.wait()
            execution = current_execution.get()
            return execution.server_function if execution else None

        @server_function
        async def second(value: Any) -> Any:
            await both_inside.wait()
            return [type(value).__name__, await first_name()]

        async def first_name() -> str | None:
            execution = current_execution.get()
            return execution.server_function if execution else None

        async def both() -> Any:
            return await asyncio.gather(first(), second((1,)))

        assert asyncio.run(both()) == ["first", ["list", "second"]]


class Sequencer:
    async def method(self) -> None: ...

    @staticmethod
    async def static() -> None: ...


async def yielding() -> AsyncIterator[int]:
    yield 1


def generator() -> Iterator[int]:
    yield 1


def plain() -> None: ...


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (plain, r"plain is a plain def\. Write: async def plain\(…\)"),
        (yielding, "yielding yields"),
        (generator, "generator yields"),
        (Sequencer, "Sequencer is a class"),
        (Sequencer.method, "method is a method"),
        (Sequencer().method, "method is a method"),
        (Sequencer.__dict__["static"], "static is a method"),
        (lambda: None, "this is a lambda"),
        ("add", "this is an object of type str"),
    ],
)
def test_anything_but_an_async_def_is_refused(wrong: Any, hint: str) -> None:
    with pytest.raises(TypeError, match=f"stands above an async def; {hint}"):
        server_function(wrong)
