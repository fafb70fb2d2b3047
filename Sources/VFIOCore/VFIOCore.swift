// The VFIO library: kernel requests as values, owned descriptors, a model kernel.
