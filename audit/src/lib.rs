//! Audit records, hash chain, sealer, verifier, search, export.
