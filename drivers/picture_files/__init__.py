"""Pictures and videos from files of strangers, looked at in a process that can do nothing else."""
