"""What a node does: rebuild the rollup from L1, check every claim, post orders and claims."""
