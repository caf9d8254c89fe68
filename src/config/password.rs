//! `[password]`

use keys::Cost;

use super::declare::section;

section! {
    /// Cost of password and PIN hashes (Argon2id). Stored hashes of another cost are renewed at the next sign-in.
    Password = "password" {
        /// Memory in KiB.
        memory_kib: u32 = 19 * 1024;
        /// Passes over the memory.
        passes: u32 = 2;
    }
}

impl Password {
    /// The cost of new hashes.
    pub fn cost(&self) -> Cost {
        Cost { memory_kib: self.memory_kib, passes: self.passes, ..Cost::default() }
    }
}
