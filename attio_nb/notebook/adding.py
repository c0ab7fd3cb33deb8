"""``%connect --add``: a connection made from the words of a line, and what to do next."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.app.nearest import did_you_mean
from attio_nb.app.oauth2 import CLIENT_SECRET_PREFIXES
from attio_nb.app.presets import Preset, near_presets, presets, providers
from attio_nb.app.redirects import with_own_redirect_uri
from attio_nb.app.trial import is_on_hosts
from attio_nb.errors import CommandError
from attio_nb.notebook.command import NEVER_ADDED, SignInOptions
from attio_nb.tab.registration import EXACT_PORT, loopback_addresses, on_a_hub, with_exact_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attio_nb.notebook.command import Command

__all__ = ["added", "definition_of", "form_fields", "is_complete"]


def definition_of(
    command: Command,
    *,
    say: Callable[[str], None],
    ask: Callable[[str], str] | None,
    beside: Sequence[ConnectionDefinition] = (),
) -> ConnectionDefinition:
    """Return the connection that a line with ``--add`` means; what it lacks is asked for.

    Args:
        command: The line.
        say: Shows lines to the person.
        ask: Shows a question and returns a line; None where nobody can be asked.
        beside: The connections that the app has already.

    Raises:
        CommandError: It lacks something, or names a provider that is not known; the message says
            what to do next.
    """
    command = _with_preset(command)
    if command.sign_in is None:
        return _secret(command, beside)
    preset = _provider(command.sign_in)
    options = (
        _registering(command.sign_in)
        if command.sign_in.register
        else _completed(command, preset, say, ask, beside)
    )
    if options.client_id.lower().startswith(CLIENT_SECRET_PREFIXES):
        raise CommandError(NEVER_ADDED)
    definition = replace(
        preset.definition(command.owner) if preset else _plain(command),
        type="oauth2",
        oauth2=_oauth2(options, preset),
    )
    return _named(definition, command, beside)


def is_complete(command: Command) -> bool:
    """Say whether a line with ``--add`` says all that a connection needs.

    Args:
        command: The line.

    Raises:
        CommandError: It names a preset or a provider that is not known, or contradicts itself.
    """
    command = _with_preset(command)
    options = command.sign_in
    if command.lacks_owner or options is None:
        return not command.lacks_owner
    preset = _provider(options)
    return options.register or not any(_lacking(options, preset))


def form_fields(command: Command) -> dict[str, str]:
    """Return what a line with ``--add`` says as the fields of a form, a line for each of several.

    Args:
        command: The line.

    Raises:
        CommandError: It names a preset that is not known, or contradicts itself.
    """
    command = _with_preset(command)
    options = command.sign_in
    said: dict[str, object] = {
        "owner": "" if command.lacks_owner else command.owner,
        "key": command.key or "",
        "title": command.title,
        "help_url": command.help_url,
        "hosts": command.hosts,
    }
    if options is not None:
        said |= {**vars(options), "kind": options.provider.lower() or "oauth2"}
    elif command.preset:
        said["kind"] = command.preset
    fields = {
        name: "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in said.items()
        if name not in ("provider", "register")
    }
    return {name: text for name, text in fields.items() if text}


def added(definition: ConnectionDefinition, command: Command, file: str) -> str:
    """Return what to say of a connection that was added.

    Args:
        definition: The connection.
        command: The line that added it.
        file: What to call the app file.
    """
    name = f"the {definition.owner} connection" + (f' "{definition.key}"' if definition.key else "")
    connect = " ".join(filter(None, ["%connect", definition.owner, definition.key]))
    oauth2 = definition.oauth2
    command = _with_preset(command)
    if oauth2 is None or command.sign_in is None:
        lines = [f"Added {name} to {file}. {connect} asks for its value."]
        return "\n".join([*lines, *_where_to_find_it(command)])
    preset = _provider(command.sign_in)
    is_registered = command.sign_in.register
    needs_secret = oauth2.client_authentication != "none" and not is_registered
    asks = ", and asks for the client secret once" if needs_secret else ""
    lines = [f"Added {name} to {file}. {connect} signs in{asks}."]
    if not is_registered and (preset is None or preset.redirect_is_registered):
        lines.append(" ".join(_registration(oauth2, preset)))
    if not definition.hosts:
        lines.append(f"Name in {file} the hosts that connection.auth() may send its token to.")
    return "\n".join([*lines, *(preset.notes if preset else ())])


def _with_preset(command: Command) -> Command:
    """Return a line with its preset as the provider, where that is one that is signed in to."""
    if not command.preset:
        return command
    options = command.sign_in or SignInOptions()
    if options.provider:
        raise CommandError("--preset names the provider already. Leave --provider out.")
    preset = presets().get(command.preset.lower())
    if preset is None:
        # It may be anything, also a value: only what is near to a name is repeated.
        raise CommandError(
            f"There is no preset of that name. {near_presets(command.preset)} Press Tab after "
            "--preset to see them all, or define the service with --title and --host."
        )
    if preset.oauth2 is None and command.sign_in is not None:
        raise CommandError(
            f"{preset.title} is a value, so nobody signs in. Use --preset {preset.id} without the "
            "options of an OAuth client."
        )
    sign_in = replace(options, provider=preset.id) if preset.oauth2 else None
    return replace(command, preset=preset.id, sign_in=sign_in)


def _secret(command: Command, beside: Sequence[ConnectionDefinition]) -> ConnectionDefinition:
    if not command.preset:
        return _plain(command)
    return _named(presets()[command.preset].definition(command.owner), command, beside)


def _plain(command: Command) -> ConnectionDefinition:
    return ConnectionDefinition(
        owner=command.owner,
        key=command.key,
        title=command.title,
        help_url=command.help_url,
        hosts=command.hosts,
    )


def _named(
    definition: ConnectionDefinition, command: Command, beside: Sequence[ConnectionDefinition]
) -> ConnectionDefinition:
    """Return what a preset makes, with what the line says in place of it."""
    taken = {each.key for each in beside if each.owner == command.owner}
    own_key = command.preset if command.preset and command.preset not in taken else None
    named = replace(
        definition,
        key=command.key or own_key,
        title=command.title or definition.title,
        help_url=command.help_url or definition.help_url,
        hosts=command.hosts or definition.hosts,
    )
    return named if is_on_hosts(named.test_url, named.hosts) else _without_test(named)


def _without_test(definition: ConnectionDefinition) -> ConnectionDefinition:
    return replace(definition, test_url="", test_scheme="bearer", test_header="", account="")


def _where_to_find_it(command: Command) -> list[str]:
    """Return lines that say where the value of a preset is found, and what else to know of it."""
    preset = presets().get(command.preset)
    if preset is None:
        return []
    where = f"Its value: {command.help_url or preset.help_url}"
    return [" ".join([where, *preset.steps]), *preset.notes]


def _provider(options: SignInOptions) -> Preset | None:
    endpoints = (options.issuer, options.authorization_endpoint, options.token_endpoint)
    if not options.provider:
        if any(endpoints):
            return None
        raise CommandError(
            "Say where one signs in: --provider NAME, or --issuer URL, or --authorization-endpoint "
            f"URL and --token-endpoint URL. The providers are {', '.join(providers())}."
        )
    if any(endpoints):
        raise CommandError(
            "--provider stands for the endpoints. Leave it out, or --issuer, "
            "--authorization-endpoint and --token-endpoint."
        )
    preset = providers().get(options.provider.lower())
    if preset is None:
        if options.provider.lower() in presets():
            raise CommandError(
                f"Nobody signs in to {options.provider.lower()}: it takes a value. Use --preset "
                f"{options.provider.lower()} in place of --provider."
            )
        # It may be anything, also a value: only what is near to a name is repeated.
        near = did_you_mean(options.provider, providers())
        known = f"{near} There are {', '.join(providers())}.".lstrip()
        raise CommandError(
            f"There is no provider of that name. {known} For any other, give --issuer URL, or "
            "--authorization-endpoint URL and --token-endpoint URL."
        )
    return preset


def _registering(options: SignInOptions) -> SignInOptions:
    if options.client_id:
        raise CommandError("--register makes a new client. Leave it out, or leave --client-id out.")
    if not options.issuer:
        raise CommandError("--register looks up where to register at an issuer: give --issuer URL.")
    return options


def _completed(
    command: Command,
    preset: Preset | None,
    say: Callable[[str], None],
    ask: Callable[[str], str] | None,
    beside: Sequence[ConnectionDefinition],
) -> SignInOptions:
    """Return the options with what was missing, once the person has said it."""
    options = cast("SignInOptions", command.sign_in)
    needs_client, needs_scope = _lacking(options, preset)
    if not needs_client and not needs_scope:
        return options
    guide = _guide(command, options, preset, beside)
    if ask is None:
        raise CommandError(guide)
    say(guide)
    if needs_client:
        options = replace(options, client_id=_answer(ask, "Client ID"))
    if needs_scope:
        options = replace(options, scopes=(_answer(ask, "Scopes"),))
    return options


def _lacking(options: SignInOptions, preset: Preset | None) -> tuple[bool, bool]:
    """Say whether a client id is missing, and whether a scope is."""
    needs_scope = bool(preset and preset.example_scope and not options.scopes)
    return not options.client_id, needs_scope


def _answer(ask: Callable[[str], str], what: str) -> str:
    try:
        answer = ask(f"{what} (Enter alone cancels): ").strip()
    except (EOFError, KeyboardInterrupt):
        # An interrupt must not leave an asyncio task: that would end the kernel.
        answer = ""
    if not answer:
        raise CommandError("Nothing was added. Run the line above when you are ready.")
    return answer


def _guide(
    command: Command,
    options: SignInOptions,
    preset: Preset | None,
    beside: Sequence[ConnectionDefinition],
) -> str:
    """Return the steps to a client, and the line to run with it."""
    run = f"Run {_line(command, options, preset)}"
    if options.client_id:
        return f"Nothing was added yet: say with --scope what the app may do. {run}"
    where = f"{preset.name} at {preset.help_url}" if preset else "the provider"
    steps = [[f"Register a client of {where}.", *(preset.steps if preset else ())]]
    definition = ConnectionDefinition(
        owner=command.owner, key=command.key, type="oauth2", oauth2=_oauth2(options, preset)
    )
    oauth2 = with_own_redirect_uri(definition, beside).oauth2 or _oauth2(options, preset)
    if preset is None or preset.redirect_is_registered:
        steps.append(_registration(oauth2, preset))
    else:
        steps[0].append(f"The redirect URI of a JupyterHub is {on_a_hub(oauth2)}.")
    steps.append([run])
    numbered = (f"{number}. " + "\n   ".join(lines) for number, lines in enumerate(steps, 1))
    return "\n".join(["Nothing was added yet. To add it:", *numbered])


def _registration(oauth2: OAuth2, preset: Preset | None) -> list[str]:
    """Return sentences that say which address to come back to has to be registered."""
    if oauth2.redirect_uri:
        return [f"Register the address {oauth2.redirect_uri}."]
    if preset is not None and preset.https_only:
        return [
            "Register an https address, since it takes no other: on a JupyterHub "
            f"{on_a_hub(oauth2)}.",
            "Elsewhere register any https address of yours, add --redirect-uri with it, and paste "
            "the address that you land at.",
        ]
    addresses = " and ".join(loopback_addresses(oauth2))
    there = f"On a JupyterHub, register {on_a_hub(oauth2)} in its place."
    if oauth2.redirect_ports:
        return [f"Register the address {addresses}.", there]
    any_port = f"Register the address {addresses}; any port is good."
    if preset is not None:
        return [any_port, there]
    exact = f"add --redirect-port {EXACT_PORT} and register {with_exact_port(oauth2)}."
    return [any_port, f"Where the provider wants a port too, {exact}", there]


def _line(command: Command, options: SignInOptions, preset: Preset | None) -> str:
    """Return the line with a place for what it lacks."""
    words = ["%connect", "--add", command.owner, *filter(None, [command.key])]
    for name, value in vars(replace(options, register=False)).items():
        option = f"--{name.removesuffix('s') if isinstance(value, tuple) else name}"
        for each in value if isinstance(value, tuple) else filter(None, [value]):
            words += [option.replace("_", "-"), str(each)]
    if not options.client_id:
        words += ["--client-id", "CLIENT-ID"]
    if preset and preset.example_scope and not options.scopes:
        words += ["--scope", preset.example_scope]
    for option, text in (("--title", command.title), ("--help-url", command.help_url)):
        words += [option, text] if text else []
    for host in command.hosts:
        words += ["--host", host]
    return shlex.join(words)


def _oauth2(options: SignInOptions, preset: Preset | None) -> OAuth2:
    base = (preset.oauth2 if preset else None) or OAuth2(client_id="")
    if options.redirect_uri:
        base = replace(
            base, redirect_host="127.0.0.1", redirect_ports=(), redirect_path="/callback"
        )
    scopes = _scopes(options.scopes, base.scope_separator)
    given: dict[str, Any] = {
        "client_id": options.client_id,
        "issuer": options.issuer,
        "authorization_endpoint": options.authorization_endpoint,
        "token_endpoint": options.token_endpoint,
        "redirect_host": options.redirect_host,
        "redirect_ports": options.redirect_ports,
        "redirect_uri": options.redirect_uri,
        # Any word: what is written is checked first, and the message says which there are.
        "client_authentication": options.client_authentication,
        "scopes": tuple(dict.fromkeys((*base.scopes, *scopes))),
    }
    return replace(base, **{name: value for name, value in given.items() if value})


def _scopes(given: tuple[str, ...], separator: str) -> list[str]:
    """Return scopes that may stand one by one, or several in one word."""
    return [scope for each in given for scope in re.split(rf"[\s{separator}]+", each) if scope]
