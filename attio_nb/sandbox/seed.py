"""What a new database of the sandbox holds. The keys are made up and open nothing else."""

from __future__ import annotations

from attio_nb.sandbox.model import ApiKey, Limit, Mailbox, Scope, Sequence, Step

__all__ = ["AMPLE", "KEYS", "MAILBOXES", "PROSPECTS", "SEQUENCES"]

_EVERYTHING = tuple(Scope)
_READ_ONLY = tuple(scope for scope in Scope if scope is not Scope.SEQUENCES_WRITE)
AMPLE = Limit(requests=600, seconds=60)
_TEAM = "team@sequencer.example"

KEYS = (
    ApiKey(
        value="sandbox-full-access",
        name="Full access",
        owner=_TEAM,
        scopes=_EVERYTHING,
        limit=AMPLE,
        purpose="The key of the whole team. Paste this one if in doubt.",
    ),
    ApiKey(
        value="sandbox-alice",
        name="Alice",
        owner="alice@sequencer.example",
        scopes=_EVERYTHING,
        limit=AMPLE,
        purpose="The key of Alice alone, for a user connection.",
    ),
    ApiKey(
        value="sandbox-bob",
        name="Bob",
        owner="bob@sequencer.example",
        scopes=_EVERYTHING,
        limit=AMPLE,
        purpose="The key of Bob alone, to see that it is not the one of Alice.",
    ),
    ApiKey(
        value="sandbox-read-only",
        name="Read only",
        owner=_TEAM,
        scopes=_READ_ONLY,
        limit=AMPLE,
        purpose="Reads everything; adding a prospect answers 403.",
    ),
    ApiKey(
        value="sandbox-mailboxes",
        name="Mailboxes only",
        owner=_TEAM,
        scopes=(Scope.MAILBOXES_READ,),
        limit=AMPLE,
        purpose="Reads the mailboxes; anything else answers 403.",
    ),
    ApiKey(
        value="sandbox-slow",
        name="Slow",
        owner=_TEAM,
        scopes=_EVERYTHING,
        limit=Limit(requests=2, seconds=10),
        purpose="The third request within 10 seconds answers 429 with Retry-After.",
    ),
    ApiKey(
        value="sandbox-revoked",
        name="Revoked",
        owner=_TEAM,
        scopes=_EVERYTHING,
        limit=AMPLE,
        revoked=True,
        purpose="Was good once; answers 401 now.",
    ),
)

MAILBOXES = (
    Mailbox(id=1, address="hedy@sequencer.example", name="Hedy Lamarr"),
    Mailbox(id=2, address="katherine@sequencer.example", name="Katherine Johnson"),
    Mailbox(id=3, address="grace@sequencer.example", name="Grace Hopper"),
)

SEQUENCES = (
    Sequence(
        id=4,
        name="Back in touch",
        steps=(
            Step(position=1, subject="It has been a while", wait_days=0),
            Step(position=2, subject="What is new with us", wait_days=5),
        ),
    ),
    Sequence(
        id=7,
        name="Warm welcome",
        steps=(
            Step(position=1, subject="Good to meet you", wait_days=0),
            Step(position=2, subject="A first thing to try", wait_days=3),
            Step(position=3, subject="Shall we talk?", wait_days=7),
        ),
    ),
    Sequence(
        id=9,
        name="After the trade fair",
        steps=(Step(position=1, subject="The slides, as promised", wait_days=1),),
    ),
)

PROSPECTS = (
    "alan@example.com",
    "barbara@example.com",
    "claude.shannon@example.com",
    "dorothy@example.net",
    "edsger@example.org",
)
