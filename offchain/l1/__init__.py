"""L1: reading events, sending transactions, deployment. The only place that talks to a chain."""
