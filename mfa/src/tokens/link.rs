//! Enrolment links: `otpauth://` for authenticator applications and `oathtoken://`.

use kernel::SecretBytes;
use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

use super::image::qr_png;
use super::kind::LinkContext;
use super::oath::Hash;

/// Links should stay about this long, so that the QR code can still be scanned; the label gives way.
const LENGTH: usize = 180;

/// Percent-encodes everything but unreserved characters (a space becomes `%20`, not `+`: applications show the plus).
fn escape(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// What an `otpauth://` link says about a token.
pub(super) struct Otpauth<'a> {
    pub(super) kind: &'static str,
    pub(super) seed: &'a SecretBytes,
    pub(super) hash: Hash,
    pub(super) digits: u8,
    /// Seconds of a time step; none for an event token.
    pub(super) step: Option<i64>,
    pub(super) serial: &'a str,
    pub(super) extra: &'a [(&'static str, String)],
}

impl Otpauth<'_> {
    /// The link. The label is cut when the whole would become too long.
    pub(super) fn link(&self, context: &LinkContext) -> String {
        let secret = data_encoding::BASE32_NOPAD.encode(self.seed.expose());
        let mut query = format!("secret={secret}&");
        match self.step {
            Some(step) => query.push_str(&format!("period={step}&")),
            None => query.push_str("counter=1&"),
        }
        if self.hash != Hash::Sha1 {
            query.push_str(&format!("algorithm={}&", self.hash.name().to_uppercase()));
        }
        let (digits, serial, issuer) = (self.digits, escape(self.serial), escape(&context.issuer));
        query.push_str(&format!("digits={digits}&creator=privacyidea&issuer={issuer}&serial={serial}"));
        for (name, value) in self.extra {
            query.push_str(&format!("&{name}={}", escape(value)));
        }
        let label = cut(&context.label, LENGTH.saturating_sub(query.len() + 16).max(16));
        format!("otpauth://{}/{}?{query}", self.kind, escape(label))
    }
}

/// At most `len` bytes of a text, cut between characters.
fn cut(text: &str, len: usize) -> &str {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= len).last();
    &text[..end.unwrap_or(0)]
}

/// The second link, understood by an older application.
pub(super) fn oathtoken(label: &str, hex: &str, timed: bool) -> String {
    let timed = if timed { "&timeBased=true" } else { "" };
    format!("oathtoken:///addToken?name={}&lockdown=true&key={hex}{timed}", escape(label))
}

/// One entry of the enrolment detail: description, value and, if asked for, its picture.
pub(super) fn entry(description: &str, value: String, picture: Option<&str>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("description".to_owned(), description.into());
    if let Some(png) = picture.and_then(|text| qr_png(text.as_bytes())) {
        entry.insert("img".to_owned(), png.into());
    }
    entry.insert("value".to_owned(), value.into());
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(label: &str) -> LinkContext {
        LinkContext { label: label.to_owned(), issuer: "My Firm".to_owned(), extra: vec![], images: false }
    }

    #[test]
    fn links_carry_what_differs_from_the_default() {
        let seed = SecretBytes::new(*b"12345678901234567890");
        let mut link =
            Otpauth { kind: "hotp", seed: &seed, hash: Hash::Sha1, digits: 6, step: None, serial: "OATH0001", extra: &[] };
        assert_eq!(
            link.link(&context("ada lovelace")),
            "otpauth://hotp/ada%20lovelace?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1&digits=6&creator=privacyidea\
             &issuer=My%20Firm&serial=OATH0001"
        );
        let extra = [("pin", "True".to_owned())];
        link = Otpauth { kind: "totp", hash: Hash::Sha256, digits: 8, step: Some(60), extra: &extra, ..link };
        assert_eq!(
            link.link(&context("ä@b")),
            "otpauth://totp/%C3%A4%40b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=60&algorithm=SHA256&digits=8\
             &creator=privacyidea&issuer=My%20Firm&serial=OATH0001&pin=True"
        );
        assert!(link.link(&context(&"é".repeat(500))).len() < 300);
    }
}
