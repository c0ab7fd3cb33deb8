"""Headers of requests that come before a person visits a page, or without any visit."""

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

VISITS = (
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
