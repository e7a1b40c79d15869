"""The interface for programs on this machine and on the site's network."""
