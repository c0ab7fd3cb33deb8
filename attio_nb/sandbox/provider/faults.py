"""The ways in which the provider can be told to misbehave, and how often it does."""

from __future__ import annotations

import difflib
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from attio_nb.sandbox.problems import ProblemError
from attio_nb.sandbox.provider.model import DEVICE, REFRESH

__all__ = ["FAULTS", "Fault", "FaultSetting", "Faults"]

Place = Literal["metadata", "callback", "token", "revoke", "device", "api"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    Attributes:
        name: How it is called.
        place: Which answer goes wrong.
        does: What happens, for the page.
        cases: The numbers of the cases that it stands for, in the list of what a client has to
            get right.
        grant_type: At the token endpoint: the only one that it makes sense for, or "".
    """

    name: str
    place: Place
    does: str
    cases: tuple[int, ...]
    grant_type: str = ""


_ALL = (
    Fault("metadata-wrong-issuer", "metadata", "Names another issuer.", (11,)),
    Fault("metadata-plain-http", "metadata", "Names a token endpoint without TLS.", (12,)),
    Fault("metadata-no-s256", "metadata", "Knows PKCE by “plain” only.", (13,)),
    Fault("metadata-silent", "metadata", "Leaves out grants and client authentication.", (14,)),
    Fault("metadata-503", "metadata", "Answers 503.", (26,)),
    Fault("callback-wrong-state", "callback", "Brings another state.", (1,)),
    Fault("callback-no-state", "callback", "Brings no state.", (2,)),
    Fault("callback-access-denied", "callback", "Says access_denied, though allowed.", (3,)),
    Fault("callback-denied-wrong-state", "callback", "Says so with another state.", (4,)),
    Fault("callback-empty", "callback", "Brings neither code nor error.", (5,)),
    Fault("callback-code-and-error", "callback", "Brings a code and an error.", (6,)),
    Fault("callback-duplicate", "callback", "Brings the code twice.", (7,)),
    Fault("callback-wrong-iss", "callback", "Says that it is from another issuer.", (8,)),
    Fault("callback-no-iss", "callback", "Does not say which issuer it is from.", (9,)),
    Fault("callback-iss-slash", "callback", "Writes its issuer with a slash at the end.", (10,)),
    Fault("callback-script", "callback", "Brings an error_description with <script>.", (25,)),
    Fault("token-500", "token", "Answers 500, and does nothing.", (26,)),
    Fault("token-502", "token", "Answers 502 with a page, and does nothing.", (26,)),
    Fault("token-html", "token", "Answers 200 with a page, and does nothing.", (27,)),
    Fault("token-huge", "token", "Answers with 5 MB.", (28,)),
    Fault("token-deep", "token", "Answers with 200,000 brackets.", (29,)),
    Fault("token-slow", "token", "Does it, and answers some seconds later.", (30, 45)),
    Fault("token-late", "token", "Does it some seconds later, and answers.", (30, 45)),
    Fault("token-redirect", "token", "Answers 307 to itself, and does nothing.", (31,)),
    Fault("token-429", "token", "Answers 429 with Retry-After, and does nothing.", (33,)),
    Fault("token-401", "token", "Answers 401 without an error, and does nothing.", (34,)),
    Fault("token-error-200", "token", "Says an error with status 200.", (35,)),
    Fault("token-error-object", "token", "Says its error as an object.", (36,)),
    Fault("token-error-script", "token", "Says an error_description with <script>.", (25,)),
    Fault("token-invalid-grant", "token", "Says invalid_grant, though all is well.", (46,)),
    Fault("token-slow-down", "token", "Says slow_down, as to a hasty device.", (57,), DEVICE),
    Fault("token-expired", "token", "Says expired_token, as of a device code.", (57,), DEVICE),
    Fault("token-form", "token", "Answers with a form in place of JSON.", (37,)),
    Fault("token-nested", "token", "Puts the token into authed_user, as Slack does.", (38,)),
    Fault("token-no-expires-in", "token", "Leaves out expires_in.", (39,)),
    Fault("token-odd-expires-in", "token", "Says expires_in: “soon”.", (39,)),
    Fault("token-text-expires-in", "token", "Says expires_in as a text.", (39,)),
    Fault("token-no-type", "token", "Leaves out token_type.", (40,)),
    Fault("token-dpop", "token", "Says token_type: DPoP.", (40,)),
    Fault("token-line-break", "token", "Puts a line break into the access token.", (41,)),
    Fault("token-scope-commas", "token", "Says the scopes with commas.", (42,)),
    Fault("token-scope-list", "token", "Says the scopes as a list.", (42,)),
    Fault("token-no-scope", "token", "Leaves out the scopes.", (42,)),
    Fault("token-no-rotation", "token", "Refreshes without a new refresh token.", (43,), REFRESH),
    Fault("token-null-refresh", "token", "Refreshes with refresh_token: null.", (43,), REFRESH),
    Fault("token-empty-refresh", "token", "Refreshes with an empty refresh_token.", (43,), REFRESH),
    Fault("token-lost-reply", "token", "Does it, and hangs up without an answer.", (45,)),
    Fault("token-hang-up", "token", "Hangs up, and does nothing.", (45,)),
    Fault("revoke-503", "revoke", "Answers 503 with Retry-After, and does nothing.", (56,)),
    Fault("revoke-401", "revoke", "Does not know the client.", (56,)),
    Fault("revoke-hang-up", "revoke", "Does it, and hangs up without an answer.", (56,)),
    Fault("device-no-interval", "device", "Leaves out interval.", (58,)),
    Fault("device-verification-url", "device", "Says verification_url, as Google does.", (58,)),
    Fault("device-no-complete-uri", "device", "Leaves out verification_uri_complete.", (58,)),
    Fault("device-500", "device", "Answers 500.", (57,)),
    Fault("api-token-ends", "api", "Ends a good access token before its time.", (48, 53)),
    Fault("api-redirect", "api", "Answers 307 to another origin.", (54,)),
)

FAULTS = {fault.name: fault for fault in _ALL}

_WHEN = re.compile(r"off|always|next (?P<next>[1-9]\d{0,5})|(?P<percent>\d{1,3}(\.\d+)?) ?%")


class FaultSetting(BaseModel):
    """How often one fault happens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str = Field(default="off", description="`off`, `next 1`, `5 %` or `always`.")
    grant_type: str = Field(default="", description="At the token endpoint: only there.")
    seconds: float = Field(
        default=3, ge=0, le=600, description="Of token-slow, token-late, Retry-After."
    )


OFF = FaultSetting()


class Faults:
    """The switches.

    Args:
        settings: Those that are on from the start; a text such as ``next 1`` will do.

    Raises:
        ProblemError: There is no such fault, or no such text.
    """

    def __init__(self, settings: Mapping[str, str | FaultSetting] | None = None) -> None:
        self._lock = threading.Lock()
        self._settings: dict[str, FaultSetting] = {}
        self.set(settings or {})

    def set(self, settings: Mapping[str, str | FaultSetting]) -> None:
        """Turn some switches; the others stay.

        Raises:
            ProblemError: There is no such fault, or no such text. Nothing was turned then.
        """
        checked = {name: _checked(name, setting) for name, setting in settings.items()}
        with self._lock:
            self._settings |= checked
            self._settings = {
                name: setting for name, setting in self._settings.items() if setting.when != "off"
            }

    def clear(self) -> None:
        """Turn everything off."""
        with self._lock:
            self._settings.clear()

    def all(self) -> dict[str, FaultSetting]:
        """List the faults that are on."""
        with self._lock:
            return dict(self._settings)

    def __getitem__(self, name: str) -> FaultSetting:
        return self.all().get(name, OFF)

    def take(self, place: Place, grant_type: str = "") -> tuple[Fault, FaultSetting] | None:
        """Find out what goes wrong now, which counts as one time.

        Args:
            place: Which answer is to be given.
            grant_type: What the token endpoint was asked with.
        """
        with self._lock:
            for name, setting in list(self._settings.items()):
                fault, only = FAULTS[name], {FAULTS[name].grant_type, setting.grant_type, ""}
                if (
                    fault.place == place
                    and only <= {grant_type, ""}
                    and self._happens(name, setting)
                ):
                    return fault, setting
        return None

    def _happens(self, name: str, setting: FaultSetting) -> bool:
        parts = _WHEN.fullmatch(setting.when)
        if parts is None or setting.when == "always":
            return True
        if parts["percent"]:
            return secrets.randbelow(10_000) < float(parts["percent"]) * 100
        left = int(parts["next"]) - 1
        if left:
            self._settings[name] = _with_when(setting, f"next {left}")
        else:
            del self._settings[name]
        return True


def _with_when(setting: FaultSetting, when: str) -> FaultSetting:
    return setting.model_copy(update={"when": when})


def _checked(name: str, setting: str | FaultSetting) -> FaultSetting:
    if name not in FAULTS:
        near = difflib.get_close_matches(name, FAULTS, n=3)
        hint = f"Perhaps {' or '.join(near)}? " if near else ""
        raise ProblemError(
            422, "unknown-fault", f"There is no fault “{name}”. {hint}See /oauth/faults."
        )
    checked = FaultSetting(when=setting) if isinstance(setting, str) else setting
    if not _WHEN.fullmatch(checked.when):
        raise ProblemError(
            422, "unknown-frequency", f"“{checked.when}” is not off, next 1, 5 % or always."
        )
    return checked
