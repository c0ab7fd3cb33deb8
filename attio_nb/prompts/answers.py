"""What a page says about prompts, and what it is told: the same over every carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.connections.prompter import Answer
from attio_nb.errors import AttioError, AuthorizationError, InvalidSecretError
from attio_nb.prompts.face import described

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.prompts.prompts import Prompts

__all__ = ["Content", "answers", "replied"]

Content = dict[str, Any]


NOT_DONE = "That did not work ({}). Reload the page and try again."


def replied(answer: Callable[[Content], Content], content: Content) -> Content:
    """Return the reply to a request: what the answer says, or why there is none.

    Args:
        answer: Answers it.
        content: What the page sent.
    """
    try:
        return {"status": "ok", **answer(content)}
    except AttioError as error:
        return {
            "status": "error",
            "message": str(error),
            "retry": isinstance(error, InvalidSecretError | AuthorizationError),
        }
    except Exception as error:
        # Its own words may hold what was typed.
        message = NOT_DONE.format(type(error).__name__)
        return {"status": "error", "message": message, "retry": False}


def answers(prompts: Prompts) -> dict[str, Callable[[Content], Content]]:
    """Return what answers each request about prompts; none of them waits for anything.

    Args:
        prompts: The prompts.
    """
    return {
        "attio_ready": lambda content: _ready(prompts, content),
        "attio_answer": lambda content: _answer(prompts, content),
        "attio_sign_in": lambda content: _sign_in(prompts, content),
        "attio_prompts": lambda content: _list(prompts, content),
        "attio_rerun": lambda content: _rerun(prompts, content),
    }


def _ready(prompts: Prompts, content: Content) -> Content:
    prompt = prompts.get(content.get("prompt_id"))
    prompt.ready(on_missing=content.get("on_missing"), timeout=content.get("timeout"))
    return {"state": prompt.state, "message": prompt.face.message}


def _answer(prompts: Prompts, content: Content) -> Content:
    prompt = prompts.get(content.get("prompt_id"))
    match content.get("action"):
        case "connect":
            prompt.answer(content.get("sealed"))
        case "cancel":
            prompt.cancel()
        case "stdin":
            prompt.use_stdin()
        case "decide":
            prompt.decide(content.get("choice"))
        case "allow":
            prompt.allow()
        case "choose":
            prompt.choose(content.get("member"))
        case "client-secret":
            prompt.open_sign_in().keep_client_secret(Answer(prompt.opened(content.get("sealed"))))
        case "stored-client-secret":
            prompt.open_sign_in().use_stored_client_secret()
        case "address":
            prompt.open_sign_in().accept(prompt.opened(content.get("sealed")))
        case "device":
            prompt.open_sign_in().use_device()
        case "again":
            prompt.open_sign_in().again()
        case _:
            raise AttioError(
                "The page was loaded with another version of attio_nb. Reload the page."
            )
    return {}


def _sign_in(prompts: Prompts, content: Content) -> Content:
    prompt = prompts.get(content.get("prompt_id"))
    callback_url = str(content.get("callback_url") or "")
    return prompt.sign_in_told(callback_url, local=content.get("local") is True)


def _list(prompts: Prompts, content: Content) -> Content:
    found = {each.id: each for each in prompts.known(content.get("prompt_ids"))}
    if content.get("in_cells"):
        # A page that was loaded after a cell had asked knows no id.
        found.update((each.id, each) for each in prompts.asking() if each.cell)
    return {"prompts": [described(each) for each in found.values()]}


def _rerun(prompts: Prompts, content: Content) -> Content:
    cell = prompts.get(content.get("prompt_id")).rerun()
    return {"cell_id": cell.cell_id, "code": cell.code}
