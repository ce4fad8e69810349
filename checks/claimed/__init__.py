"""What reports of this assignment state, and what is so."""
