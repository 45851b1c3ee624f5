"""The most expensive input for each kind of step, and what its proof costs on L1: the gas table."""
