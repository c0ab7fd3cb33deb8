"""A mail sequencing API and its OAuth provider on loopback, for the tour, the demo and the tests.

No account is needed.

The parts, each of which knows only those before it:

- ``model``: what the API speaks about;
- ``seed``: what a new database holds, the keys among it;
- ``database`` and ``store``: the SQLite file, and what is asked of it;
- ``limits``: requests per key and time;
- ``problems``: the one form of every error;
- ``rendering``: pages from templates;
- ``provider``: an OAuth 2.0 authorization server, in parts of its own;
- ``auth``: which key or access token a request carries, and what it may do;
- ``log``: the latest requests, for the page and the terminal;
- ``api``: the resources under ``/api/v1``;
- ``pages``: what a browser shows;
- ``app``: all of it as one ASGI application;
- ``server``: that application on a port.

It needs the extra ``sandbox``; only ``attio_nb.cli`` and ``attio_nb.demo`` import it.
"""
