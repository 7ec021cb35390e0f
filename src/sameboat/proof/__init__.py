"""Pure: canonical bytes, Merkle tree, signed notes, receipts, certificates.

Only `cryptography` and the standard library are used. Nothing here reads a clock, draws a random
number or touches a file: keys, salts and times are arguments. The formats are specified in
`docs/rules/proof.md`; `tests/golden/proof_v1.jsonl` holds inputs, bytes and hashes. What is hashed
is never edited: a change is a new format beside the old.
"""
