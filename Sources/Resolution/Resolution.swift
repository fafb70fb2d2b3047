// Configuration and snapshot to resolved configuration; every choice is made here, with its reason.
