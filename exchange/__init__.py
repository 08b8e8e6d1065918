"""The hub: the only package that knows gRPC.

Layers, top to bottom, each importing only those below: app and cli, serve, edge, licences, cases, catalogue, audit,
call, purpose, entities and errors. Use cases take dataclasses, never protobuf messages or a gRPC context.
"""
