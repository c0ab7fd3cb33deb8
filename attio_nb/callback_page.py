"""The page on which a sign-in ends in the browser: it says whether it worked, and nothing else.

It loads nothing, runs nothing, and passes nothing on: the address it stands at has held a code.
"""

from __future__ import annotations

import base64
import hashlib
import html

__all__ = ["HEADERS", "SPECULATIVE", "WITHOUT_STATE", "page"]

STYLE = """\
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --paper: #ffffff; --ink: #1c2230; --soft: #5b6474; --line: #e1e4ea;
  --good: #15803d; --bad: #b91c1c; --open: #4338ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151c; --paper: #1b1f29; --ink: #e6e9f0; --soft: #9aa4b5; --line: #2d3341;
    --good: #4ade80; --bad: #fca5a5; --open: #a5b4fc;
  }
}
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
}
main {
  box-sizing: border-box; width: min(32rem, calc(100vw - 2rem)); margin: 1rem; padding: 2rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: .75rem;
  text-align: center;
}
.mark { font-size: 2.5rem; line-height: 1; }
.good .mark { color: var(--good); }
.bad .mark { color: var(--bad); }
.open .mark { color: var(--open); }
h1 { margin: .75rem 0 0; font-size: 1.35rem; line-height: 1.3; }
p { margin: .75rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
"""

STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer of a callback carries, whoever serves it."""

SPECULATIVE = "This page is not shown in advance. Open it in the browser to connect."
"""For a request that prefetches or previews the page; it uses nothing up."""

WITHOUT_STATE = (
    "The provider refused a sign-in without saying which one. Copy the address of this page into "
    "the prompt in the notebook."
)
"""For a refusal that cannot be matched with a sign-in here."""

LOOKS = {
    True: ("good", "✓", "Connected. You can close this tab."),
    False: ("bad", "✕", "Not connected."),
    None: ("open", "…", "Still connecting."),
}


def page(ok: bool | None, message: str = "") -> bytes:
    """Return the page.

    Args:
        ok: Whether it worked; None where that is not known yet.
        message: What happened and what to do next, as plain text.
    """
    look, mark, heading = LOOKS[ok]
    paragraph = f"<p>{html.escape(message)}</p>\n" if message else ""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>{STYLE}</style>
</head>
<body>
<main class="{look}">
<div class="mark" aria-hidden="true">{mark}</div>
<h1>{heading}</h1>
{paragraph}</main>
</body>
</html>
""".encode("utf-8", "replace")
