"""The commands of ``attio-nb`` that do what a magic does in a notebook."""
