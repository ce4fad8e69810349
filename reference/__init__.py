"""What is true: the solution of the assignment, in the assignment's order."""
