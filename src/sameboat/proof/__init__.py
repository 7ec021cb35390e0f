"""Pure: canonical bytes, Merkle tree, signed notes, receipts, certificates. Uses `cryptography` only."""
