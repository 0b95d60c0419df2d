"""Files of comments: read as a stream, written so that an interrupted run goes on where it stopped."""
