// Plan to hypervisor arguments, one file a hypervisor.
