"""The L2 EVM: Osaka rules as a machine of small steps. Pure: no I/O, and nothing here knows of L1."""
