"""Headers with which browsers and other programs come to a redirect URI."""

from __future__ import annotations

SPECULATIVE = (
    ("Sec-Purpose", "prefetch"),
    ("Sec-Purpose", "prefetch;prerender"),
    ("Sec-Purpose", "prefetch;anonymous-client-ip"),
    ("sec-purpose", "Prefetch"),
    ("Purpose", "prefetch"),
    ("Purpose", "prefetch;prerender"),
    ("Purpose", "preview"),
    ("X-Purpose", "preview"),
    ("X-Purpose", ": preview"),
    ("X-Moz", "prefetch"),
    ("User-Agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    ("User-Agent", "facebookexternalhit/1.1"),
    ("User-Agent", "WhatsApp/2.23.20.0"),
    ("User-Agent", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
    ("User-Agent", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"),
    ("User-Agent", "TelegramBot (like TwitterBot)"),
)
"""Headers of requests that come before a person visits a page, or without any visit."""

VISITS: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Purpose": ""},
    {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
    {"User-Agent": "Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/126.0 Mobile Safari/537.36"},
    {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-User": "?1",
    },
)
"""Headers of browsers that a person has come with."""

REQUESTS_OF_PAGES: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
)
"""Headers of what a page requests by itself."""
