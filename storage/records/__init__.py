"""Records: versioned rows with conditional changes, and the access log's journal."""
