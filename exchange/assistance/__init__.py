"""Letters of request (协查函): what one department asks of another by law, and what that one answers."""
