"""Measurements that write figures of the docs; run from the root of the checkout."""
