// Facts about one host: from a snapshot document or from its files.
