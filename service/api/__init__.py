"""JSON over HTTP. An endpoint parses, calls one function and answers; it decides nothing."""
