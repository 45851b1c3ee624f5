"""Measuring execution: workloads, Deltaroll's engines, other EVMs beside them in the same run, and the table."""
