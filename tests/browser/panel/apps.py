"""What the apps of several tests have in common."""

__all__ = ["ACCOUNT", "API_KEY", "KEY", "MAILBOX"]

API_KEY = """\
[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
"""
MAILBOX = """\
[[connections]]
owner = "user"
type = "secret"
title = "Mailbox password"
"""
# The address is the sandbox's.
ACCOUNT = """\
[[connections]]
owner = "user"
type = "oauth2"
title = "Sequencer account"
issuer = "{url}/oauth"
client_id = "sandbox-public"
scopes = ["mailboxes:read"]
"""
# The sandbox takes it.
KEY = "sandbox-full-access"
