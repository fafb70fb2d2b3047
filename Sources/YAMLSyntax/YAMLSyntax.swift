// Text to node tree, with byte ranges; the only caller of libyaml.
