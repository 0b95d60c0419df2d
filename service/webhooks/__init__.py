"""What leaves the desk by itself: events, who receives them, and the only way out."""
