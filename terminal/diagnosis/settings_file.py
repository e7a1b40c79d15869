"""The doctor's look at the settings file: who may read and write it."""

import stat
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.people import daemons_user


def look_at_settings_file(ground: Ground) -> Iterator[Finding]:
    """Yield whether the daemon's user may read it, and strangers may not write it."""
    code, person = "settings.access", daemons_user(ground.machine)
    found = ground.config.stat()
    if found.st_mode & stat.S_IWOTH:
        what = f"{ground.config}: everybody may write it, and so choose what opens the gate"
        yield fail(code, "settings", what, f"chmod 640 {ground.config}")
    elif not person.may_read(found):
        what = f"{ground.config}: {person.name} may not read it"
        remedy = f"chgrp scan-terminal {ground.config}, and chmod 640"
        yield warn(code, "settings", what, remedy)
    else:
        yield ok(code, "settings", f"{ground.config}: {person.name} may read it")
