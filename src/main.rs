//! Symbolon.
fn main() {}
