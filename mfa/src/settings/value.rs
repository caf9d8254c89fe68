//! Types of settings.

use crate::operation::truthy;

/// A type that a setting can have.
pub trait SettingValue: Sized {
    /// Its name in forms.
    const TYPE: &'static str;
    /// Reads the stored text.
    ///
    /// # Errors
    /// Says what is expected.
    fn parse(text: &str) -> Result<Self, String>;
    /// Writes it.
    fn text(&self) -> String;
}

impl SettingValue for bool {
    const TYPE: &'static str = "bool";
    fn parse(text: &str) -> Result<Self, String> {
        let no = ["", "0", "false", "no", "off", "n", "f"];
        if no.contains(&text.trim().to_ascii_lowercase().as_str()) {
            return Ok(false);
        }
        if truthy(&serde_json::Value::String(text.to_owned())) {
            Ok(true)
        } else {
            Err(format!("`{text}` is neither true nor false"))
        }
    }
    fn text(&self) -> String {
        if *self { "True" } else { "False" }.to_owned()
    }
}

macro_rules! numbers {
    ($($ty:ty),+) => {$(
        impl SettingValue for $ty {
            const TYPE: &'static str = "int";
            fn parse(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!("`{text}` is no whole number up to {}", <$ty>::MAX))
            }
            fn text(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

numbers!(u8, u32);

impl SettingValue for String {
    const TYPE: &'static str = "text";
    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > 10_000 { Err("the text is too long".to_owned()) } else { Ok(text.to_owned()) }
    }
    fn text(&self) -> String {
        self.clone()
    }
}
