// Accepted configuration to plan; puts in order and never chooses.
