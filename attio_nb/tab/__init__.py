"""The Connections tab: what a page shows of an app's connections, and does with them.

A kernel and a Jupyter server answer the same requests, so that the tab works with a kernel, beside
a busy one, and without one. This room knows neither of the two.
"""
