//! How long the readers of foreign bytes are tried.

/// Cases of a property test: many more at full scale (`SYMBOLON_PROOF`).
#[allow(clippy::disallowed_methods, reason = "the scale of a test run is chosen by the environment")]
pub(super) fn cases(few: u32) -> u32 {
    if std::env::var_os("SYMBOLON_PROOF").is_some() { few.saturating_mul(200) } else { few }
}
