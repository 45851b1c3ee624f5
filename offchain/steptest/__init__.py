"""Official tests for the one-step verifier: the machine makes the steps, the deployed contract judges each."""
