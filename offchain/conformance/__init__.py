"""Official Ethereum tests and other EVMs, held against Deltaroll's machine. See docs/conformance.md."""
