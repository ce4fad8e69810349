"""The named mistakes: each a variation of one piece of the solution, as students make it."""
