// Tests run on the software adapter that every machine has; LAZYGRAD_ADAPTER names another one.
process.env.LAZYGRAD_ADAPTER ??= 'swiftshader';
