"""Forward-only schema migrations, one chain for each database, shipped inside the package."""
