// Node tree to typed configuration, driven by key tables.
