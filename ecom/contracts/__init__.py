"""Data contracts: read from `contracts/*.odcs.yaml`, checked, as the platform sees them, and the judge made of them."""
