"""What product teams and leads read: topics and their trends, what is unusual, what moves scores, how the desk does."""
