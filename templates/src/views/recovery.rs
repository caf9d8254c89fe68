//! New recovery codes.

use serde::Serialize;

use super::{Application, View};
use crate::When;
use crate::macros::words;

words! {
    /// Why the codes are shown again.
    RecoveryError {
        /// The box was not ticked.
        NotAcknowledged => "recovery-error-acknowledge",
    }
}

/// The codes, shown this once. Posts `acknowledged`. Holds secrets, so it has no `Debug`.
#[derive(Clone, Serialize)]
pub struct RecoveryCodesView {
    /// Receives the acknowledgement.
    pub action: String,
    /// Where the person goes on to.
    pub application: Option<Application>,
    /// Whose codes they are, printed on the sheet.
    pub account: String,
    /// The codes as they are to be typed.
    pub codes: Vec<String>,
    /// When they were made, printed on the sheet.
    pub created: When,
    /// They replace older codes, which are void now.
    pub replaced: bool,
    /// What was forgotten.
    pub error: Option<RecoveryError>,
}

impl View for RecoveryCodesView {
    fn samples() -> Vec<(&'static str, Self)> {
        let codes = [
            "7MQX-V2KD-9RTP",
            "C4HN-83ZW-KJ6F",
            "XP2A-TT7Q-5VMN",
            "9DKE-WR4H-2CZX",
            "H6VB-QN8M-P3TJ",
            "2ZWT-F5KX-D7RA",
            "MK9P-4JHC-V6QE",
            "T3RX-N7ZD-8WBK",
            "5QFA-KP2V-XH9M",
            "WJ8C-6DTN-R4ZE",
        ];
        let view = Self {
            action: "/login/recovery-codes".into(),
            application: Application::sample(),
            account: "ada@example.org".into(),
            codes: codes.map(str::to_owned).to_vec(),
            created: When(1_763_761_020_000_000),
            replaced: false,
            error: None,
        };
        vec![
            ("first", view.clone()),
            ("again", Self { application: None, replaced: true, error: Some(RecoveryError::NotAcknowledged), ..view }),
        ]
    }
}
