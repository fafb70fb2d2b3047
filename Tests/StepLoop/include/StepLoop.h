// The executor's work in C: the same steps, the same calls of a kernel that does nothing, the same undo.
#ifndef VFIOPLAN_STEPLOOP_H
#define VFIOPLAN_STEPLOOP_H

#include <stddef.h>
#include <stdint.h>

enum step_kind { OPEN_CONTAINER, OPEN_GROUP, ATTACH_GROUP, SET_IOMMU, OPEN_DEVICE, READ_DEVICE };

// A step whose names are positions already.
struct step {
  enum step_kind kind;
  int32_t container, group, device;
};

// Carries out all steps, then undoes them in reverse; returns the number of calls made, or -1.
int64_t step_loop_run(const struct step *steps, size_t count, size_t containers, size_t groups, size_t devices);

#endif
