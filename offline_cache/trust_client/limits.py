"""How much a repository may make a terminal read, keep and follow."""

# Three Ed25519 roots are 2.6 kB; fifty RSA keys stay below.
ROOT_OCTETS_MAX = 131_072
# One entry of snapshot; ours is 0.4 kB.
TIMESTAMP_OCTETS_MAX = 16_384
# 27 octets a role: forty thousand roles.
SNAPSHOT_OCTETS_MAX = 1_048_576
# 130 octets a target: 1,000 shards and their deltas, a billion cards, are 250 kB.
TARGETS_OCTETS_MAX = 4_194_304
# The largest foreign list is 2^20 octets before it is packed; the key list is bounded likewise.
TARGET_OCTETS_MAX = 2_097_152
# A root a year for two centuries, or one a day of a bad year; each is a request.
ROOT_STEPS_MAX = 256
# As python-tuf's own client has it; ours has three roles below targets.
DELEGATIONS_MAX = 32
# Who delegates to whom, where all is listed: 256 hash bins of a very large site and what leads to
# them. Each is a signature, and roles that delegate to each other are many more than the roles.
ROLES_MAX = 512
# Of all roles together, held in memory: two of the largest; 1,000 shards are 0.3 MB.
METADATA_OCTETS_MAX = 8_388_608
# 1,000 shards with their deltas, a billion cards, and profiles.
FILES_MAX = 4_096
# 1,000 lists of two bits that nothing packs are 262 MB; a thief of the status key must not take
# the disk from the journal.
FILES_OCTETS_MAX = 268_435_456
