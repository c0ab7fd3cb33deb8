"""The tour of this project: its notebooks, and JupyterLab opened on a copy of them.

The parts, each of which knows only those before it:

- ``notebooks``: finds the notebooks, and copies them;
- ``sandbox``: the sandbox that the copy talks to, on the port that the copy names;
- ``lab``: JupyterLab on the copy, with the sandbox beside it.

It needs the extra ``sandbox``.
"""
