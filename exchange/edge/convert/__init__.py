"""Between protobuf messages and the hub's dataclasses: in one place per kind of thing, and nowhere else."""
