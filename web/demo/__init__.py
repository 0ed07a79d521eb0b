"""The demonstration: a made-up day, so that every page can be seen working."""
