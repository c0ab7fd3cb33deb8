"""The one form of every error: the members of a problem document (RFC 9457) and a ``code``."""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

__all__ = ["Problem", "ProblemError", "handle_problems", "problem_responses"]


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(examples=["body.email"])
    message: str


class Problem(BaseModel):
    """What went wrong, for people (`detail`) and for programs (`code`)."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["unknown-sequence"])
    detail: str
    errors: list[FieldProblem] = Field(
        default_factory=list, description="Each part of the request that is wrong (422 only)."
    )


class ProblemError(Exception):
    """Ends a request with an error.

    Args:
        status: The HTTP status.
        code: A stable name in kebab case.
        detail: What happened and what to do next.
        headers: Further headers of the response.
    """

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


_EXAMPLES = {
    401: ("unknown-key", "There is no such key."),
    403: ("missing-scope", "The key “Read only” lacks the right sequences:write."),
    404: ("unknown-sequence", "There is no sequence 99. There are 4, 7, 9."),
    409: ("other-mailbox", "ada@example.com is in the sequence already, and mailbox 3 writes."),
    422: ("invalid-request", "body.mailboxId: Field required"),
    429: ("rate-limited", "The key “Slow” may be used 2 times within 10 seconds."),
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a resource for the OpenAPI document, each with an example."""
    return {
        status: {
            "description": http.HTTPStatus(status).phrase,
            "model": Problem,
            "content": {"application/json": {"example": _document(status, *_EXAMPLES[status])}},
        }
        for status in statuses
    }


def handle_problems(app: FastAPI) -> None:
    """Give every error of an application the one form, unexpected ones too."""
    app.exception_handler(ProblemError)(_on_problem)
    app.exception_handler(RequestValidationError)(_on_invalid)
    app.exception_handler(HTTPException)(_on_http)
    app.exception_handler(Exception)(_on_unexpected)


def respond(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Make the response of an error."""
    return JSONResponse(_document(status, code, detail, errors), status, headers)


def _document(
    status: int, code: str, detail: str, errors: list[FieldProblem] | None = None
) -> dict[str, Any]:
    problem = Problem(
        title=http.HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        errors=errors or [],
    )
    return problem.model_dump(exclude=set() if errors else {"errors"})


def _on_problem(_: Request, error: ProblemError) -> JSONResponse:
    return respond(error.status, error.code, error.detail, headers=error.headers)


def _on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = [_field_problem(entry) for entry in error.errors()]
    detail = "; ".join(f"{entry.field}: {entry.message}" for entry in errors)
    return respond(422, "invalid-request", detail, errors=errors)


def _field_problem(entry: Mapping[str, Any]) -> FieldProblem:
    if entry["type"] == "json_invalid" or tuple(entry["loc"]) == ("body",):
        return FieldProblem(
            field="body", message="Not a JSON object sent with Content-Type: application/json"
        )
    return FieldProblem(field=".".join(map(str, entry["loc"])), message=entry["msg"])


def _on_http(request: Request, error: HTTPException) -> JSONResponse:
    phrase = http.HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    detail = f"{phrase}: {request.method} {request.url.path}. What there is: /docs."
    return respond(error.status_code, code, detail, headers=error.headers)


def _on_unexpected(_: Request, error: Exception) -> JSONResponse:
    detail = f"The sandbox failed with {type(error).__name__}; its terminal shows where."
    return respond(500, "internal-error", detail)
