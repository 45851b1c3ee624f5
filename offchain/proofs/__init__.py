"""State hashes and witnesses: what a machine state commits to, and what opens it for one step on L1."""
