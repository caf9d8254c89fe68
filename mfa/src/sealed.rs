//! Columns of this crate that hold sealed values, for re-sealing after a rotation.

keys::sealed_columns! {
    /// Seeds of tokens.
    TOKEN_SEED = "token", "seed", "id";
    /// Hashes of PINs.
    TOKEN_PIN = "token", "pin", "id";
    /// What challenges remember.
    CHALLENGE_DATA = "challenge", "data", "id";
    /// Side effects that wait.
    OUTBOX_PAYLOAD = "outbox", "payload", "id";
}
