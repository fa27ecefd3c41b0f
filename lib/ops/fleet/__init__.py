"""All machines of a show at once, from the primary host, over ssh."""
