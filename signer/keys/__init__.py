"""Where private keys live: one interface, one file for each backend. No code path hands a private key out."""
