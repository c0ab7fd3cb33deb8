"""What the API speaks about: mailboxes, sequences, prospects, enrolments and keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, EmailStr, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "ApiKey",
    "Enrolment",
    "EnrolmentStatus",
    "Limit",
    "Mailbox",
    "Me",
    "NewEnrolment",
    "Page",
    "Prospect",
    "Scope",
    "Sequence",
    "Step",
]

Item = TypeVar("Item")


class Resource(BaseModel):
    """A value of the API: frozen, and in camel case on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid"
    )


class Scope(StrEnum):
    """A right that a key may carry."""

    MAILBOXES_READ = "mailboxes:read"
    PROSPECTS_READ = "prospects:read"
    SEQUENCES_READ = "sequences:read"
    SEQUENCES_WRITE = "sequences:write"


class Limit(Resource):
    """How often a key may be used."""

    requests: int = Field(description="So many requests")
    seconds: int = Field(description="within so many seconds.")


class ApiKey(BaseModel):
    """A key of the sandbox. It is made up and opens nothing else, so it is shown in full.

    An access token of the provider is treated as one, with the id of its grant for a value.
    """

    model_config = ConfigDict(frozen=True)

    value: str
    name: str
    owner: str
    scopes: tuple[Scope, ...]
    limit: Limit
    revoked: bool = False
    purpose: str
    is_access_token: bool = False


class Me(Resource):
    """Whose key a request carried, and what it may do."""

    name: str = Field(examples=["Full access"])
    owner: str = Field(examples=["team@sequencer.example"])
    scopes: tuple[Scope, ...]
    limit: Limit


class Mailbox(Resource):
    """A mailbox that sequences are sent from."""

    id: int = Field(examples=[3])
    address: str = Field(examples=["grace@sequencer.example"])
    name: str = Field(examples=["Grace Hopper"])


class Step(Resource):
    """One mail of a sequence."""

    position: int
    subject: str
    wait_days: int = Field(description="Days after the step before it.")


class Sequence(Resource):
    """A series of mails that a prospect receives, one after the other."""

    id: int = Field(examples=[7])
    name: str = Field(examples=["Warm welcome"])
    steps: tuple[Step, ...]


class Prospect(Resource):
    """Somebody who is written to."""

    id: int
    email: str = Field(examples=["ada@example.com"])
    created_at: datetime


class EnrolmentStatus(StrEnum):
    """Whether the mails of a sequence go out to a prospect."""

    ACTIVE = "active"
    PAUSED = "paused"


class Enrolment(Resource):
    """A prospect in a sequence."""

    id: int
    email: str = Field(examples=["ada@example.com"])
    sequence_id: int = Field(examples=[7])
    sequence_name: str = Field(examples=["Warm welcome"])
    mailbox_id: int = Field(examples=[3])
    status: EnrolmentStatus
    added_by: str = Field(description="The name of the key that added the prospect.")
    added_at: datetime


Id = Annotated[int, Field(strict=True, ge=1, le=2**53)]


class NewEnrolment(Resource):
    """Which prospect goes into which sequence, and who writes."""

    email: EmailStr = Field(examples=["ada@example.com"])
    sequence_id: Id = Field(examples=[7])
    mailbox_id: Id = Field(examples=[3])


class Page(Resource, Generic[Item]):
    """One page of a list, in the order of the ids."""

    data: list[Item]
    next_after: int | None = Field(
        description="Pass it as `after` to read the next page; null on the last one."
    )
