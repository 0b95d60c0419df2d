"""The desk: receives comments, remembers them, routes them and shows them. Imports `nlp`, never the reverse."""
