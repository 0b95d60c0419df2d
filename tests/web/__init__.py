"""The pages in a real browser: a package, so that its browser and its desk end with its last test."""
