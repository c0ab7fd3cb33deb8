"""``@server_function``: a coroutine function that is called as Attio calls one on its servers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from attio_nb.execution import current_execution
from attio_nb.functions.boundary import as_json

if TYPE_CHECKING:
    from attio_nb.execution import Execution

__all__ = ["ServerFunctions"]

P = ParamSpec("P")
R = TypeVar("R")


class ServerFunctions:
    """Makes server functions out of coroutine functions: its instance is the decorator.

    Args:
        execution: Returns on whose behalf a call from outside of any server function runs.
    """

    def __init__(self, execution: Callable[[], Execution]) -> None:
        self._execution = execution

    def __call__(
        self, function: Callable[P, Coroutine[Any, Any, R]]
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        """Return the function, with the boundary of a server around it.

        Arguments and result pass through JSON, see `attio_nb.functions.boundary.as_json`; defaults
        do not, since they are made inside. A call from another server function is a plain call, as
        in Attio. What the function raises comes out as it is.

        Args:
            function: An ``async def`` of a module or a cell.

        Returns:
            A coroutine function of the same name, signature and docstring. Awaiting it raises
            `BoundaryError` for an argument or a result that JSON cannot carry.

        Raises:
            TypeError: It is something else than an ``async def``.
        """
        _require_async_def(function)
        signature = inspect.signature(function)

        @functools.wraps(function)
        async def server_function(*args: P.args, **kwargs: P.kwargs) -> R:
            __tracebackhide__ = True  # a traceback in a notebook shows the person's own lines
            running = current_execution.get()
            if running is not None and running.server_function is not None:
                return await function(*args, **kwargs)
            passed = _pass_arguments(function, signature, args, kwargs)
            token = current_execution.set(
                replace(self._execution(), server_function=function.__name__)
            )
            try:
                result = await function(*passed.args, **passed.kwargs)
            finally:
                current_execution.reset(token)
            return _pass_result(function, result)

        return server_function


def _pass_arguments(
    function: Callable[..., Coroutine[Any, Any, Any]],
    signature: inspect.Signature,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> inspect.BoundArguments:
    __tracebackhide__ = True
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        # Python's own message for a wrong call is better known, and says more.
        function(*args, **kwargs).close()
        raise
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            passed: object = {
                each: _pass(function, f'argument "{each}"', each, part)
                for each, part in value.items()
            }
        else:
            passed = _pass(function, f'argument "{name}"', name, value)
        bound.arguments[name] = passed
    return bound


def _pass_result(function: Callable[..., object], result: R) -> R:
    passed: R = _pass(function, "its result", "result", result)
    return passed


def _pass(function: Callable[..., object], what: str, name: str, value: object) -> Any:
    return as_json(value, name=name, subject=f"{function.__name__}(): {what}")


def _require_async_def(function: Callable[..., object]) -> None:
    if problem := _problem(function):
        raise TypeError(f"@server_function stands above an async def; {problem}")


def _problem(function: Callable[..., object]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, type):
        return f"{name} is a class. Put it above a function that uses the class."
    if isinstance(function, staticmethod | classmethod) or _is_method(function):
        return f"{name} is a method. Move it out of its class."
    if name == "<lambda>":
        return "this is a lambda. Write an async def with a name."
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        return f"{name} yields. Collect what it yields in a list, and return that."
    if not inspect.isfunction(function):
        return f"this is an object of type {name}. Write it as @server_function, without brackets."
    if not inspect.iscoroutinefunction(function):
        return f"{name} is a plain def. Write: async def {name}(…)."
    return ""


def _is_method(function: Callable[..., object]) -> bool:
    outside = getattr(function, "__qualname__", "").rpartition(".")[0]
    return bool(outside) and not outside.endswith("<locals>")
