"""Faults to order: sequencers and challengers that cheat, each in a few lines, for scenarios and tests."""
