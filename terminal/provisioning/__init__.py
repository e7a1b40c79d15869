"""How a machine becomes a terminal: its pinned root, the arming, the enrolment, the folder."""
