"""What a notebook adds: magics, prompts, and how things look."""
