nothing_loaded = (nothing_loaded or 0) + 1
