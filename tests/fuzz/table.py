"""All targets, by name."""

from tests.fuzz import (
    judging,
    planted,
    protocol_targets,
    signed_targets,
    status_targets,
    verifier_targets,
)

TARGETS = {
    target.name: target
    for module in (verifier_targets, judging, status_targets, protocol_targets, signed_targets)
    for target in module.TARGETS
}
PLANTED = {target.name: target for target in planted.PLANTED}
