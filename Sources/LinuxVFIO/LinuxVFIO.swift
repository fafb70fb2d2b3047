// The Linux kernel behind VFIOCore: packs requests for ioctl.
