"""Back-fill: a department's existing store is brought into the hub, row by row, without anything lost or double."""
