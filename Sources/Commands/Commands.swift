// Options, verbs and exit codes, generic over the doors and the kernel handed in.
