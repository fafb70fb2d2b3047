// Binding devices to drivers as a reversible transaction.
