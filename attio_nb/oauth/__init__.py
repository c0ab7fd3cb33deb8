"""The OAuth 2.0 client: signing in, renewing, revoking.

Knows neither IPython nor Jupyter, and is imported at the first OAuth connection. Follow it down::

    client        the face of it all
    sign_in       one sign-in, and all its ways back from the browser
    refresh       renewing a token once, whoever asks for it at the same time
    authorize     the authorization request, and what may come back from it
    loopback      the listener to which a browser comes back
    device        a sign-in on another device
    register      registering a client, where a program may
    revoke        giving a grant back
    token         requests to the token endpoint, and what its answers mean
    client_authentication    how a client authenticates
    account       which account has signed in
    scopes        which scopes were granted, and which may be missing
    metadata      where a provider's endpoints are
    exchange      one guarded HTTP request
    deadline      sends it, and reads the answer within one deadline
    body          what the body of an answer says
    echoes        masks secrets that a provider repeats
    quoting       a provider's words in a sentence of ours
"""
