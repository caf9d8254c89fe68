//! System settings: declared once with name, type, default and range; compiled into a [`Snapshot`] that is read without any
//! look-up. A stored value that no longer fits is reported and the default holds.
//!
//! To add one: a line in the list below, read by whoever obeys it.

mod handle;
pub mod ops;
mod value;

pub use handle::Settings;
pub use value::SettingValue;

macro_rules! settings {
    ($($(#[doc = $doc:expr])+ $field:ident : $ty:ty = $name:literal, $default:expr $(, [$public:ident])? $(, if $check:expr)?;)+) => {
        /// All settings, compiled.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Snapshot { $($(#[doc = $doc])+ pub $field: $ty),+ }

        impl Default for Snapshot {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl Snapshot {
            /// Sets one setting from its text.
            ///
            /// # Errors
            /// Says what is wrong.
            pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
                match name {
                    $($name => {
                        let value = <$ty as SettingValue>::parse(text)?;
                        #[allow(unused_mut, unused_assignments, reason = "only settings with a range have a check")]
                        let mut sound: fn(&$ty) -> bool = |_| true;
                        $(sound = $check;)?
                        if !sound(&value) {
                            return Err(format!("`{text}` is out of range"));
                        }
                        self.$field = value;
                        Ok(())
                    })+
                    _ => Err("there is no such setting".to_owned()),
                }
            }

            /// One setting as text.
            pub fn text(&self, name: &str) -> Option<String> {
                match name { $($name => Some(self.$field.text()),)+ _ => None }
            }
        }

        /// What is said about each setting.
        pub static DECLARED: &[Declared] = &[$(Declared {
            name: $name,
            doc: concat!($($doc),+),
            ty: <$ty as SettingValue>::TYPE,
            public: false $(|| stringify!($public).len() > 0)?,
        }),+];
    };
}

/// What is said about a setting.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its name in the wire format.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// `int`, `bool` or `text`.
    pub ty: &'static str,
    /// Whether people without rights may read it.
    pub public: bool,
}

/// The setting of this name.
pub fn declared(name: &str) -> Option<&'static Declared> {
    DECLARED.iter().find(|d| d.name == name)
}

settings! {
    /// Code length of new tokens.
    default_otp_len: u8 = "DefaultOtpLen", 6, if |n| matches!(n, 6 | 8);
    /// Look-ahead window of new tokens.
    default_count_window: u32 = "DefaultCountWindow", 10, if |n| (1..=10_000).contains(n);
    /// Consecutive failures after which a new token is locked.
    default_max_fail_count: u32 = "DefaultMaxFailCount", 10, if |n| (1..=10_000).contains(n);
    /// Window of resynchronisation of new tokens.
    default_sync_window: u32 = "DefaultSyncWindow", 1000, if |n| (1..=100_000).contains(n);
    /// Seconds for which a challenge waits.
    default_challenge_validity_time: u32 = "DefaultChallengeValidityTime", 120, if |n| (1..=86_400).contains(n);
    /// Resynchronise when two consecutive codes from the resynchronisation window are given.
    auto_resync: bool = "AutoResync", false;
    /// Seconds between these two codes.
    auto_resync_timeout: u32 = "AutoResyncTimeout", 300, if |n| (1..=86_400).contains(n);
    /// The PIN stands before the code.
    prepend_pin: bool = "PrependPin", true;
    /// A wrong PIN counts as a failure.
    inc_fail_count_on_false_pin: bool = "IncFailCountOnFalsePin", true;
    /// Minutes until a locked token is freed; 0 never.
    failcounter_clear_timeout: u32 = "failcounter_clear_timeout", 0;
    /// Do not write how often a token was used.
    no_auth_counter: bool = "no_auth_counter", false;
    /// Hours after which an enrolment that its owner began and did not complete is removed; 0 never.
    enrollment_expiry: u32 = "EnrollmentExpiry", 24, if |n| *n <= 87_600;
    /// A realm may be part of the name: login@realm.
    split_at_sign: bool = "splitAtSign", true;
    /// Characters of a serial after its prefix.
    serial_length: u8 = "SerialLength", 8, if |n| (4..=30).contains(n);
    /// Hash function of new HOTP tokens: sha1, sha256 or sha512.
    hotp_hashlib: String = "hotp.hashlib", "sha1".to_owned(), [public], if |h| matches!(h.as_str(), "sha1" | "sha256" | "sha512");
    /// Hash function of new TOTP tokens: sha1, sha256 or sha512.
    totp_hashlib: String = "totp.hashlib", "sha1".to_owned(), [public], if |h| matches!(h.as_str(), "sha1" | "sha256" | "sha512");
    /// Time step of new TOTP tokens in seconds.
    totp_time_step: u32 = "totp.timeStep", 30, [public], if |n| matches!(n, 30 | 60);
    /// Seconds that the clock of a TOTP token may be off.
    totp_time_window: u32 = "totp.timeWindow", 180, [public], if |n| (1..=86_400).contains(n);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_reads_its_own_text() {
        let defaults = Snapshot::default();
        let mut copy = Snapshot::default();
        for d in DECLARED {
            copy.set(d.name, &defaults.text(d.name).unwrap()).unwrap();
        }
        assert_eq!(copy, defaults);
        assert!(declared("totp.timeStep").unwrap().public && !declared("AutoResync").unwrap().public);
    }

    #[test]
    fn values_are_checked() {
        let mut s = Snapshot::default();
        assert!(s.set("DefaultOtpLen", "7").is_err());
        assert!(s.set("DefaultOtpLen", "eight").is_err());
        assert!(s.set("nonsense", "1").is_err());
        s.set("AutoResync", "True").unwrap();
        s.set("DefaultOtpLen", " 8 ").unwrap();
        assert!(s.auto_resync && s.default_otp_len == 8);
    }
}
