"""An OAuth 2.0 authorization server for the sandbox; its issuer is ``<base>/oauth``.

The parts, each of which knows only those before it:

- ``model``: the clients and people that it knows, its policy, the form of its errors;
- ``grants``: what was granted, and every code and token of it, in the SQLite file;
- ``devices``: who waits for a person that signs in elsewhere;
- ``faults``: the ways in which it can be told to misbehave;
- ``effects``: what each of these does to an answer;
- ``reading``: what a request says: its form, its client;
- ``authorization``: whether an authorization request may be asked of a person, and the way back;
- ``endpoints``: what programs ask: metadata, tokens, revocation, device codes;
- ``pages``: what people see: sign-in and consent, the device page, the grants, the faults.
"""
