"""What must hold of a submission: laws, rubric, data and expectations of this assignment."""
