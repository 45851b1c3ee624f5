"""Deltaroll off chain: the machine, the trees, the flat state, the players and the node."""

__version__ = "0.1.0"
__all__ = ["__version__"]
