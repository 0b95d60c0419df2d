"""Personal data that needs a closer look than a checksum: spelled out, named by the words beside it, or a plate."""
