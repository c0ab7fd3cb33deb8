"""What looks like a credential, and what is an ordinary name, host, scope or address."""

from __future__ import annotations

import random
import string

import pytest

from attio_nb.credentials import Kind, is_or_has, looks_like_credential, shown_word

TITLES = """
Sequencer API key
HubSpot (production, EU1)
Google Calendar v3
Salesforce (org 00D5g000004ABCDEAU)
Stripe test mode
Basic auth for the intranet
Token of the day
Secret Santa list
API key: staging
Password: see the wiki
GPT-4o-mini-2024-07-18
sk-SK locale export
sk-learn models
Clé de l’API séquenceur 2024
日本語のタイトル
Ключ доступа к API
Eyjafjallajökull
HubSpot/Salesforce/Attio2024SyncJob
How-To-Connect-HubSpot-2024-To-Attio-V2-Beta
https://app.example.com/settings?tab=api
ISO27001 audit 2024Q4
"""
KEYS = """
sequencer
google-calendar-v3-readonly
hubspot2024production
prod_eu_west_1_replica_2
getUserConnection2024ForAcme
team-a1b2c3d4-e5f6-4a5b-8c9d-0e1f2a3b4c5d
ops-runbook-2024-production-eu
npm-registry-mirror-2024-internal
hf-models-cache-eu-west-1-v2024
basic-plan
xoxo-gossip
alice@example.com
data-eng-svc-account-01
20240101T120000Z
"""
SCOPES = """
crm.objects.contacts.read
https://www.googleapis.com/auth/gmail.readonly
api://a1b2c3d4-e5f6-4a5b-8c9d-0e1f2a3b4c5d/.default
urn:zitadel:iam:org:project:id:123456789012345678:aud
user-read-playback-state
conversations.history:read
"""
HOSTS = """
api.example.com
*.example.com
127.0.0.1
[::1]:8080
myapp-fzbhf7h9b0gxhxfb.eastus-01.azurewebsites.net
x3k9q2m7v5b8n1c4z6l0p2w4r6t8y0u2.lambda-url.us-east-1.on.aws
xn--clchc0ea0b2g2a9gcd
acme--sandbox2024.my.salesforce.com
münchen.example
"""
ADDRESSES = """
https://api.example.com/v1/me
https://login.microsoftonline.com/a1b2c3d4-e5f6-4a5b-8c9d-0e1f2a3b4c5d/v2.0
https://dev-123456.okta.com/oauth2/aus1a2b3c4d5e6f7g8h9
https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI
https://api.notion.com/v1/databases/668d797c76fa49349b05ad288df2d136
https://api.github.com/user?per_page=100&sort=created
"""
PAGES = """
https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit#heading=h.8k2j
https://www.notion.so/acme/How-to-get-a-key-668d797c76fa49349b05ad288df2d136?pvs=4
https://app.example.com/settings/tokens?tab=api
"""
CLIENT_IDS = """
123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com
Iv1.8a61f9b3a7aba766
1234567890.1234567890123
a1b2c3d4-e5f6-4a5b-8c9d-0e1f2a3b4c5d
3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3XHrXDiCQjK1mdgAvhCscA9GE
"""
ORDINARY: list[tuple[Kind, str]] = [
    ("name", TITLES),
    ("name", KEYS),
    ("address", SCOPES),
    ("host", HOSTS),
    ("address", ADDRESSES),
    ("page", PAGES),
    ("client-id", CLIENT_IDS),
]

NAMES = """
sk_live_x
sk_live_51H8abc
sk-ant-api03-abc
sk-live-0123456789
ghp_abcdefghijklmnopqrstuvwxyz
github_pat_11ABC
glpat-abc
xoxb-12-34
AKIAIOSFODNN7EXAMPLE
AIzaSyA1234567890abcdefgh
GOCSPX-abcdef
SG.abcdefgh.ijklmnop
pat-na1-a1b2
shpat_0123
eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc
My key: sk_live_abc
Bearer abc123def456
Authorization: Bearer abcdef123
Basic dXNlcjpwYXNzd29yZA==
API_KEY=abc12345678
"token": "ab12cd34ef"
-----BEGIN PRIVATE KEY-----
8f3kq0x7Zp2LmN4bVc6Td9Rs
key a8f5f167f44f4964e6c998dee827110c
wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
https://x.example/?token=abc12345
https://user:pass1234@x.example
"""
BAD_HOSTS = """
ghp_abcdefghijklmnop
sk_live_abc.example.com
xoxb-1-2-abc
a8f5f167f44f4964e6c998dee827110c
8f3kq0x7Zp2LmN4bVc6Td9Rs
eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef
1000.8cb99d1f2a3b4c5d6e7f.9be93a
"""
BAD_ADDRESSES = """
sk_live_abc
https://api.example.com/?api_key=abcdefgh
https://user:pass1234@api.example.com
https://api.example.com/v1/8f3kq0x7Zp2LmN4bVc6Td9Rs/me
https://hooks.slack.com/services/T0/B0/x
https://api.telegram.org/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456/getMe
https://api.example.com/?token=abcdefgh1234
https://api.example.com/#access_token=abcdefgh12
"""
CREDENTIALS: list[tuple[Kind, str]] = [
    ("name", NAMES),
    ("host", BAD_HOSTS),
    ("address", BAD_ADDRESSES),
    ("page", "https://x.example/help?api_key=abcdefgh12\nghp_abcdefgh"),
    ("client-id", "sk_live_abcdef\nxoxb-12-34"),
]


def lines(groups: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    return [(kind, line) for kind, text in groups for line in text.strip().splitlines()]


@pytest.mark.parametrize(("kind", "text"), lines(ORDINARY))
def test_an_ordinary_text_raises_no_alarm(kind: Kind, text: str) -> None:
    assert not looks_like_credential(text, kind)


@pytest.mark.parametrize(("kind", "text"), lines(CREDENTIALS))
def test_a_credential_is_noticed(kind: Kind, text: str) -> None:
    assert looks_like_credential(text, kind)


@pytest.mark.parametrize(
    ("characters", "length"),
    [
        ("0123456789abcdef", 32),
        ("0123456789ABCDEF", 40),
        (string.ascii_lowercase + string.digits, 32),
        (string.ascii_letters + string.digits, 20),
        (string.ascii_letters + string.digits + "-_", 43),
    ],
)
def test_nearly_all_long_random_strings_are_noticed(characters: str, length: int) -> None:
    generator = random.Random(length)  # noqa: S311  # the same strings each time
    made = ["".join(generator.choices(characters, k=length)) for _ in range(500)]
    assert sum(map(looks_like_credential, made)) > 470


@pytest.mark.parametrize(
    "text",
    [
        "sk_live_sequencer_51H8Ab",
        "My sk_live_sequencer_51H8Ab",
        "SK_LIVE_SEQUENCER_51H8AB",
        "cer_51H8",
        "live_sequencer",
    ],
)
def test_the_value_itself_and_a_part_of_it_are_noticed(text: str) -> None:
    assert is_or_has(text, "sk_live_sequencer_51H8Ab")


@pytest.mark.parametrize("text", ["", "Sequencer", "Sequencer API key", "api.sequencer.example"])
def test_a_word_that_a_service_puts_into_its_keys_is_no_part_of_the_value(text: str) -> None:
    assert not is_or_has(text, "sk_live_sequencer_51H8Ab")


def test_a_message_repeats_a_name_and_no_credential() -> None:
    assert shown_word("sequencer") == '"sequencer"'
    assert "sk_live" not in shown_word("sk_live_abc")
