"""Trust: keys, signatures, credentials and the mathematics of the log.

Given a key and bytes, this package makes and checks signatures, seal certificates, SD-JWT credentials,
receipts, Merkle proofs and signed notes. It does no I/O except in a key backend (``signer.keys``) and imports
neither the hub, nor storage, nor the generated stubs, so that an offline verifier can use it alone.

Rules kept everywhere here:

* whatever comes from outside is bounded before it is decoded, and a parser raises only the errors of
  ``signer.errors``;
* a private key never leaves its backend: callers hold a ``sign`` function, not a key;
* the clock is an argument.
"""
