"""``onceonly serve``: the supervisor and the processes that it starts."""
