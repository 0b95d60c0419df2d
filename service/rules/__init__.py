"""What routing decides by: conditions, text queries, the company's own topics, and labels as plain strings. Pure."""
