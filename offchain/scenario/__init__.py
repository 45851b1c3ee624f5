"""Whole disputes on a chain, each to the verdict that the protocol demands, and their stories."""
