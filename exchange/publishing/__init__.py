"""What a hub publishes besides its log's tiles: status lists, cosigned checkpoints, time-stamps."""
