"""The two trees: the compact sparse Merkle tree and paged bytes. Twins of contracts/trees; pure."""
