"""Golden vectors and the scripts that write them."""
