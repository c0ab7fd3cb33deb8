"""Prompts: what a person is asked in a page, whoever draws it and wherever it is answered.

A kernel carries them over its control channel, a Jupyter server over its routes; this room knows
neither of the two.
"""
