"""What a script has in place of a notebook: questions in its terminal, and errors of one line."""
