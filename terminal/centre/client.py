"""The way to one centre, for all that is asked of it."""

from terminal.centre.http_door import REQUEST_S_MAX, HttpDoor


class CentreClient:
    """Speaks to one centre. Not for two threads at once, but for `close`."""

    def __init__(
        self, url: str, *, ca_file: str | None = None, request_s_max: float = REQUEST_S_MAX
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: of the centre; http or https.
            ca_file: certificates that its own must descend from; None: the system's.
            request_s_max: seconds in which an answer must be whole.
        """
        self.url = url.rstrip("/")
        self.door = HttpDoor(ca_file=ca_file, request_s_max=request_s_max)

    def close(self) -> None:
        """End the request in hand, whoever waits for it, and give the connections back."""
        self.door.close()
