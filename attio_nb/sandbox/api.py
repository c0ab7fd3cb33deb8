"""The resources under ``/api/v1``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response, Security

from attio_nb.sandbox.auth import SCHEMES, Gate
from attio_nb.sandbox.model import (
    ApiKey,
    Enrolment,
    EnrolmentStatus,
    Mailbox,
    Me,
    NewEnrolment,
    Page,
    Prospect,
    Scope,
    Sequence,
)
from attio_nb.sandbox.problems import ProblemError, problem_responses
from attio_nb.sandbox.store import MailboxConflict, SandboxStore

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v1",
    dependencies=[Security(scheme) for scheme in SCHEMES],
    responses=problem_responses(401, 403, 422, 429),
)

Item = TypeVar("Item", Mailbox, Sequence, Prospect, Enrolment)

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many on one page.")]
After = Annotated[int, Query(ge=0, le=2**53, description="The `nextAfter` of the page before.")]


def _store(request: Request) -> SandboxStore:
    store: SandboxStore = request.app.state.store
    return store


def _caller(scope: Scope | None = None) -> Callable[[Request], ApiKey]:
    def admit(request: Request) -> ApiKey:
        gate: Gate = request.app.state.gate
        return gate.admit(request, scope)

    return admit


Store = Annotated[SandboxStore, Depends(_store)]
Anyone = Annotated[ApiKey, Depends(_caller())]
Writer = Annotated[ApiKey, Depends(_caller(Scope.SEQUENCES_WRITE))]
reads_mailboxes = Depends(_caller(Scope.MAILBOXES_READ))
reads_prospects = Depends(_caller(Scope.PROSPECTS_READ))
reads_sequences = Depends(_caller(Scope.SEQUENCES_READ))


@router.get("/me", tags=["Keys"])
def whose_key(key: Anyone) -> Me:
    """Tell whose key this is, and what it may do."""
    return Me(name=key.name, owner=key.owner, scopes=key.scopes, limit=key.limit)


@router.get("/mailboxes", tags=["Mailboxes"], dependencies=[reads_mailboxes])
def list_mailboxes(store: Store, limit: Limit = 50, after: After = 0) -> Page[Mailbox]:
    """List the mailboxes that sequences can be sent from."""
    return _page(store.mailboxes(after=after, limit=limit + 1), limit)


@router.get("/prospects", tags=["Prospects"], dependencies=[reads_prospects])
def list_prospects(store: Store, limit: Limit = 50, after: After = 0) -> Page[Prospect]:
    """List everybody who is or was in a sequence."""
    return _page(store.prospects(after=after, limit=limit + 1), limit)


@router.get("/sequences", tags=["Sequences"], dependencies=[reads_sequences])
def list_sequences(store: Store, limit: Limit = 50, after: After = 0) -> Page[Sequence]:
    """List the sequences with their steps."""
    return _page(store.sequences(after=after, limit=limit + 1), limit)


@router.post(
    "/sequences",
    tags=["Sequences"],
    status_code=201,
    responses={
        200: {"model": Enrolment, "description": "It was there already."},
        **problem_responses(404, 409),
    },
)
def add_to_sequence(new: NewEnrolment, key: Writer, store: Store, response: Response) -> Enrolment:
    """Add a prospect to a sequence.

    Asking twice does no harm: the second answer is 200 with the enrolment that stands. It is 409
    when another mailbox already writes to this prospect in this sequence.
    """
    _must_exist("sequence", new.sequence_id, [item.id for item in store.sequences()])
    _must_exist("mailbox", new.mailbox_id, [item.id for item in store.mailboxes()])
    try:
        enrolment, is_new = store.enrol(new, added_by=key.name)
    except MailboxConflict as conflict:
        raise _conflict(conflict.enrolment) from None
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/enrolments/{enrolment.id}"
    return enrolment


@router.get("/enrolments", tags=["Enrolments"], dependencies=[reads_sequences])
def list_enrolments(
    store: Store,
    email: Annotated[str | None, Query(description="Only this prospect.")] = None,
    sequence_id: Annotated[
        int | None, Query(alias="sequenceId", ge=1, le=2**53, description="Only this sequence.")
    ] = None,
    limit: Limit = 50,
    after: After = 0,
) -> Page[Enrolment]:
    """List who is in which sequence."""
    found = store.enrolments(email=email, sequence_id=sequence_id, after=after, limit=limit + 1)
    return _page(found, limit)


Id = Annotated[int, Path(ge=1, le=2**53)]


@router.get(
    "/enrolments/{enrolment_id}",
    tags=["Enrolments"],
    dependencies=[reads_sequences],
    responses=problem_responses(404),
)
def get_enrolment(enrolment_id: Id, store: Store) -> Enrolment:
    """Look at a prospect in a sequence."""
    return _found(store.enrolment(enrolment_id), enrolment_id)


@router.post(
    "/enrolments/{enrolment_id}/pause", tags=["Enrolments"], responses=problem_responses(404)
)
def pause_enrolment(enrolment_id: Id, _: Writer, store: Store) -> Enrolment:
    """Send no more mails for now."""
    return _found(store.set_status(enrolment_id, EnrolmentStatus.PAUSED), enrolment_id)


@router.post(
    "/enrolments/{enrolment_id}/resume", tags=["Enrolments"], responses=problem_responses(404)
)
def resume_enrolment(enrolment_id: Id, _: Writer, store: Store) -> Enrolment:
    """Let the mails go on."""
    return _found(store.set_status(enrolment_id, EnrolmentStatus.ACTIVE), enrolment_id)


@router.delete(
    "/enrolments/{enrolment_id}",
    tags=["Enrolments"],
    status_code=204,
    responses=problem_responses(404),
)
def remove_enrolment(enrolment_id: Id, _: Writer, store: Store) -> None:
    """Take a prospect out of a sequence; the prospect stays known."""
    if not store.remove(enrolment_id):
        raise _no_enrolment(enrolment_id)


def _page(found: list[Item], limit: int) -> Page[Item]:
    items = found[:limit]
    return Page(data=items, next_after=items[-1].id if len(found) > limit else None)


def _must_exist(kind: str, wanted: int, known: list[int]) -> None:
    if wanted not in known:
        raise ProblemError(
            404,
            f"unknown-{kind}",
            f"There is no {kind} {wanted}. There are {', '.join(map(str, known))}.",
        )


def _found(enrolment: Enrolment | None, enrolment_id: int) -> Enrolment:
    if enrolment is None:
        raise _no_enrolment(enrolment_id)
    return enrolment


def _no_enrolment(enrolment_id: int) -> ProblemError:
    return ProblemError(
        404,
        "unknown-enrolment",
        f"There is no enrolment {enrolment_id}. GET /api/v1/enrolments lists what there is.",
    )


def _conflict(standing: Enrolment) -> ProblemError:
    return ProblemError(
        409,
        "other-mailbox",
        f"{standing.email} is in the sequence “{standing.sequence_name}” already, and mailbox "
        f"{standing.mailbox_id} writes. To change that, remove enrolment {standing.id} first.",
    )
