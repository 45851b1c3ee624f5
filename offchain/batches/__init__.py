"""Batches: the codec of an order's bytes, the executor, and what it yields."""
