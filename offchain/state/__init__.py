"""The flat state: plain keys on LMDB, changesets, any state since r, the lazy state tree."""
