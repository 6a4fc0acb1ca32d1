"""Encryption of stored rows: the format, the keys, and records in and out of a store."""
