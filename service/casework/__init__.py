"""What a ticket lives by: when it opens or joins another, what was promised, and replies to start from."""
