"""Generated stubs of the public contract: do not edit; run `make proto`."""
