// Hands this machine and its kernel to the commands.
