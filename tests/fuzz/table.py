"""All targets, by name."""

from tests.fuzz import (
    content_targets,
    encoding_targets,
    framing_targets,
    hid_targets,
    history_targets,
    judging,
    metadata_targets,
    planted,
    protocol_targets,
    signed_targets,
    status_targets,
    trust_targets,
)

TARGETS = {
    target.name: target
    for module in (
        content_targets,
        encoding_targets,
        framing_targets,
        hid_targets,
        judging,
        metadata_targets,
        trust_targets,
        status_targets,
        protocol_targets,
        signed_targets,
        history_targets,
    )
    for target in module.TARGETS
}
PLANTED = {target.name: target for target in planted.PLANTED}
