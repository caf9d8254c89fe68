//! `[password]`

use super::declare::section;

section! {
    /// Cost of password and PIN hashes (Argon2id). Stored hashes of another cost are renewed at the next sign-in.
    Password = "password" {
        /// Memory in KiB.
        memory_kib: u32 = 19 * 1024;
        /// Passes over the memory.
        passes: u32 = 2;
        /// Hashes computed at the same time; 0 means one per processor.
        workers: u16 = 0;
    }
}
