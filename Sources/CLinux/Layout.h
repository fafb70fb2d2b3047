// Assertions on layouts: a compiler or a header that lays a structure out differently does not build.
#ifndef VFIOPLAN_LAYOUT_H
#define VFIOPLAN_LAYOUT_H

#include <stddef.h>

#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "the size of struct " #type)
#define PLACE(type, field, offset) \
  _Static_assert(offsetof(struct type, field) == (offset), "the place of " #field " in struct " #type)
// The numbers of x86-64; _IO of POWER sets a bit more.
#if defined(__x86_64__) || defined(__aarch64__)
#define NUMBER(name, number) _Static_assert((name) == (number), "the number " #name)
#else
#define NUMBER(name, number) _Static_assert(((name) & 0xffff) == (number), "the number " #name)
#endif

#endif
