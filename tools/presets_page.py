"""Write docs/presets.md from the presets: python tools/presets_page.py."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attio_nb.app.presets import Preset, presets

PAGE = Path(__file__).parents[1] / "docs" / "presets.md"

INTRODUCTION = """\
# Presets

A preset fills in what an app file says of a service: its title, its hosts, the page where its value
is found, how the value is sent, and how it is tried. Choose one in the search field of *Add a
connection* in the [Connections tab](panel.md), or name it on a line; Tab completes the names:

    %connect --add workspace --preset apollo
    %connect --add user deals --preset hubspot --client-id 7fff1e36 --scope crm.objects.deals.read

The connection stands in the app file from then on, so that a later change of a preset changes
nothing for you. What you give on the line, such as `--title` or `--host`, goes in place of what the
preset says. No preset holds a value, and none is asked for here: `%connect` asks.

Each preset comes from the service's own documentation, which the last column links to. A test is
left out where a service has no address for it, or answers a wrong value with a success. “Account”
is what is shown of the account that is signed in, see [the app file](app-file.md#the-account).

For any other service, give its title and its hosts. No preset is for a service that takes the value
only in the query of an address, as Smartlead does, or that wants a user name beside it, as Twilio
and Zendesk do.

This page is made from the presets by `python tools/presets_page.py`.
"""


def page() -> str:
    """Return the page, as the presets are now."""
    keys = [preset for preset in presets().values() if preset.oauth2 is None]
    providers = [preset for preset in presets().values() if preset.oauth2 is not None]
    return "\n".join(
        [
            INTRODUCTION,
            "## API keys and access tokens",
            "",
            "| `--preset` | value | sent as | hosts | test | account | source |",
            "|---|---|---|---|---|---|---|",
            *map(_key_row, sorted(keys, key=_name)),
            "",
            "## Sign-ins (OAuth 2.0)",
            "",
            "[The app file](app-file.md#providers) says what else there is to know of each.",
            "",
            "| `--preset` | provider | hosts | account | source |",
            "|---|---|---|---|---|",
            *map(_provider_row, sorted(providers, key=_name)),
            "",
        ]
    )


def _name(preset: Preset) -> str:
    return preset.title.lower()


def _key_row(preset: Preset) -> str:
    found = f"[{preset.title}]({preset.help_url})"
    test = f"`{preset.test_url}`" if preset.test_url else "–"
    return _row(
        [
            f"`{preset.id}`",
            found,
            _sent(preset),
            _hosts(preset),
            test,
            _account(preset),
            _source(preset),
        ]
    )


def _provider_row(preset: Preset) -> str:
    provider = f"[{preset.title}]({preset.help_url})"
    account = _account(preset) if preset.account else "from the ID token, if there is one"
    return _row([f"`{preset.id}`", provider, _hosts(preset), account, _source(preset)])


def _sent(preset: Preset) -> str:
    if preset.test_header:
        return f"`{preset.test_header}: …`"
    names = {"bearer": "Bearer …", "basic": "Basic …", "api-key": "API-Key …"}
    return f"`Authorization: {names[preset.test_scheme]}`"


def _hosts(preset: Preset) -> str:
    return "<br>".join(f"`{host}`" for host in preset.hosts)


def _account(preset: Preset) -> str:
    return f"`{preset.account}`" if preset.account else "–"


def _source(preset: Preset) -> str:
    return f"[documentation]({preset.docs_url})"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
