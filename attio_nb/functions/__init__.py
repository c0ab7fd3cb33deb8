"""Server functions, and what they may use."""
