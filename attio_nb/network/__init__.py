"""How requests leave this computer: through which proxy, and whose certificates are trusted.

All of it is read from the environment here, since httpx raises errors of many kinds about a value
that it does not understand, and since what goes to this computer itself must never take a proxy.
"""
