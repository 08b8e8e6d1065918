"""What anyone may read of the hub over HTTP: status lists, the trust list, the log, licence types."""
