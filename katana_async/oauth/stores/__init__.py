"""Token stores: bytes under keys, with versions and leases."""
