// This machine behind the doors of HostDoors.
