//! `[log]`

use super::declare::section;
use super::setting::choice;

choice! {
    /// How log lines are written.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}

section! {
    /// The log, on standard error. It never holds secrets.
    Log = "log" {
        /// `text` or `json`.
        format: LogFormat = LogFormat::Text;
        /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or filters such as `info,symbolon=debug`.
        level: String = "info".to_owned();
    }
}
