// The plan as a value: what is done on the host once, then guest by guest.
