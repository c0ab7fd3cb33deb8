"""The main job end to end, without a browser and without questions: ``attio-nb demo``."""
