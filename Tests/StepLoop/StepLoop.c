#include "StepLoop.h"

#include <stdlib.h>

#include "NothingKernel.h"

struct deed {
  enum step_kind kind;
  int32_t position;
};

int64_t step_loop_run(const struct step *steps, size_t count, size_t containers, size_t groups, size_t devices) {
  int *container = malloc((containers + 1) * sizeof(int));
  int *group = malloc((groups + 1) * sizeof(int));
  int *device = malloc((devices + 1) * sizeof(int));
  struct deed *deeds = malloc((containers + 2 * groups + devices + 1) * sizeof(struct deed));
  size_t done = 0;
  int64_t calls = 0;
  struct answer answer;
  for (size_t index = 0; index < count && calls >= 0; index++) {
    const struct step *step = &steps[index];
    int failed = 0;
    switch (step->kind) {
    case OPEN_CONTAINER:
      container[step->container] = kernel_open(-1);
      failed = kernel_perform(container[step->container], VERSION, 0, &answer);
      deeds[done++] = (struct deed){OPEN_CONTAINER, step->container};
      calls += 2;
      break;
    case OPEN_GROUP:
      group[step->group] = kernel_open(step->group);
      failed = kernel_perform(group[step->group], GROUP_STATUS, 0, &answer);
      deeds[done++] = (struct deed){OPEN_GROUP, step->group};
      calls += 2;
      break;
    case ATTACH_GROUP:
      failed = kernel_perform(group[step->group], SET_CONTAINER, (uint64_t)container[step->container], &answer);
      deeds[done++] = (struct deed){ATTACH_GROUP, step->group};
      calls++;
      break;
    case SET_IOMMU:
      failed = kernel_perform(container[step->container], SET_MODEL, 3, &answer);
      calls++;
      break;
    case OPEN_DEVICE:
      failed = kernel_perform(group[step->group], DEVICE_FD, (uint64_t)step->device, &answer);
      device[step->device] = (int)answer.words[2];
      deeds[done++] = (struct deed){OPEN_DEVICE, step->device};
      calls++;
      break;
    case READ_DEVICE:
      failed = kernel_perform(device[step->device], DEVICE_INFO, 0, &answer);
      uint64_t regions = answer.words[0], interrupts = answer.words[1];
      for (uint64_t region = 0; region < regions && !failed; region++)
        failed = kernel_perform(device[step->device], REGION_INFO, region, &answer);
      for (uint64_t interrupt = 0; interrupt < interrupts && !failed; interrupt++)
        failed = kernel_perform(device[step->device], IRQ_INFO, interrupt, &answer);
      calls += 1 + (int64_t)(regions + interrupts);
      break;
    }
    if (failed) calls = -1;
  }
  while (done-- > 0) {
    switch (deeds[done].kind) {
    case OPEN_CONTAINER: kernel_close(container[deeds[done].position]); break;
    case OPEN_GROUP: kernel_close(group[deeds[done].position]); break;
    case ATTACH_GROUP: kernel_perform(group[deeds[done].position], UNSET_CONTAINER, 0, &answer); break;
    case OPEN_DEVICE: kernel_close(device[deeds[done].position]); break;
    case SET_IOMMU:
    case READ_DEVICE: break;
    }
    calls++;
  }
  free(container);
  free(group);
  free(device);
  free(deeds);
  return calls;
}
