"""A witness of other people's logs: it cosigns checkpoints that only grow, and refuses a rollback and a fork."""
