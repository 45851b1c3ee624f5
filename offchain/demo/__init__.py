"""The demo: a whole life of a small rollup, from its deployment to a false claim that is found out."""
