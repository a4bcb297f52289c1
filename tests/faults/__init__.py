"""What the send path survives: real processes, killed and cut; handsets are judges."""
