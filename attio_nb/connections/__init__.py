"""Connections: what they are, where they are kept, and how one is found.

Knows neither IPython nor Jupyter, so that a script, a test or a hub service can use it.
"""
