// Words of the field as values, shared by every room and by users of the library.
