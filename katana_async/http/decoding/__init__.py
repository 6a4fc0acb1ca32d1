"""Read answers as models: a fast reader for whole pages and a tolerant one for single records."""
