//! Key ring, JWKS, signers, sealing of secrets, password hashing.
