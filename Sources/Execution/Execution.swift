// Carries a plan out against any kernel, and undoes it.
