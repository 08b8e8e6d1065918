"""Verification without a network: what inspectors, foreign hubs and courts run on what they hold.

Rules:
1. Nothing here opens a connection, a database or a key. What is read is files, each bounded before it is read.
2. Trust comes from the verifier's own trust directory, or from an anchor that the verifier names; never from what is
   verified.
3. What cannot be decided is INDETERMINATE, and says what is missing.
"""
