"""All that touches gRPC: the server, the pipeline every call goes through, and the servicers that convert messages."""
