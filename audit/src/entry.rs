//! A record in the form in which it is stored: every column within its width, and the canonical bytes that its tag covers.

use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::AuditId;

use crate::origin::Door;
use crate::record::{Reason, Record};

/// Columns of text, in the order of the table, with their width in characters.
const LIST_WIDTH: usize = 2000;
/// Reasons are kept as JSON of at most so many bytes; the last ones are dropped.
const REASONS_BYTES: usize = 16 * 1024;

/// A stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its identifier.
    pub id: AuditId,
    /// What was recorded.
    pub record: Record,
    /// The reasons as they are stored.
    pub(crate) reasons_json: String,
}

impl Entry {
    /// Cuts a record to the widths of its columns.
    pub(crate) fn new(id: AuditId, at: Timestamp, mut record: Record) -> Self {
        record.at = at;
        if record.policies.is_empty() {
            record.policies = policy_names(&record.reasons);
        }
        let r = &mut record;
        for (text, width) in [
            (&mut r.action, 200),
            (&mut r.authentication, 40),
            (&mut r.serial, 200),
            (&mut r.token_type, 40),
            (&mut r.container_serial, 40),
            (&mut r.container_type, 100),
            (&mut r.user, 255),
            (&mut r.realm, 255),
            (&mut r.resolver, 255),
            (&mut r.administrator, 255),
            (&mut r.action_detail, 1000),
            (&mut r.info, 1000),
            (&mut r.node, 255),
            (&mut r.client, 50),
            (&mut r.relay, 50),
            (&mut r.user_agent, 100),
            (&mut r.user_agent_version, 40),
            (&mut r.request, 64),
            (&mut r.issuer, 255),
            (&mut r.log_level, 12),
            (&mut r.clearance_level, 12),
            (&mut r.thread_id, 20),
        ] {
            clip(text, width);
        }
        clip_list(&mut record.policies, LIST_WIDTH);
        let reasons_json = reasons_json(&record.reasons);
        Self { id, record, reasons_json }
    }

    /// The bytes that the tag covers. Every column carries its length, so different entries have different bytes.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let r = &self.record;
        let mut out = Canonical::new("symbolon audit entry 1");
        out.text(&self.id.to_string()).number(Some(r.at.0)).number(r.started.map(|t| t.0));
        out.number(r.duration.map(micros)).text(&r.action).number(Some(i64::from(r.success)));
        for text in [&r.authentication, &r.serial, &r.token_type, &r.container_serial, &r.container_type] {
            out.text(text);
        }
        out.text(&r.user).text(&r.realm).text(&r.resolver);
        out.text(&r.person.map(|p| p.to_string()).unwrap_or_default());
        for text in [&r.administrator, &r.action_detail, &r.info, &r.node, &r.client, &r.relay] {
            out.text(text);
        }
        out.text(&r.user_agent).text(&r.user_agent_version).text(r.door.name());
        for text in [&r.request, &r.issuer, &r.log_level, &r.clearance_level, &r.thread_id, &r.policies] {
            out.text(text);
        }
        out.text(&self.reasons_json);
        out.0
    }
}

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The door as it was stored.
pub(crate) fn door(name: &str) -> Result<Door, String> {
    Door::parse(name).ok_or_else(|| format!("`{name}` is no door"))
}

/// Bytes without ambiguity: each part carries its length, NULL differs from everything else.
pub(crate) struct Canonical(pub(crate) Vec<u8>);

impl Canonical {
    pub(crate) fn new(label: &str) -> Self {
        let mut out = Self(Vec::with_capacity(1024));
        out.text(label);
        out
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn number(&mut self, number: Option<i64>) -> &mut Self {
        match number {
            Some(n) => self.bytes(&n.to_be_bytes()),
            None => self.bytes(&[]),
        }
    }
}

/// Cuts text to `width` characters; no database takes a NUL character.
fn clip(text: &mut String, width: usize) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
    if text.len() > width
        && let Some((end, _)) = text.char_indices().nth(width)
    {
        text.truncate(end);
    }
}

/// Cuts a comma separated list at the border of an item.
fn clip_list(text: &mut String, width: usize) {
    let before = text.len();
    clip(text, width);
    if text.len() < before
        && let Some(end) = text.rfind(',')
    {
        text.truncate(end);
    }
}

fn policy_names(reasons: &[Reason]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for reason in reasons {
        if !names.contains(&reason.policy.as_str()) {
            names.push(&reason.policy);
        }
    }
    names.join(",")
}

fn reasons_json(reasons: &[Reason]) -> String {
    let mut kept = reasons;
    loop {
        // Strings always serialize.
        let mut json = serde_json::to_string(kept).unwrap_or_default();
        if json.len() <= REASONS_BYTES || kept.is_empty() {
            clip(&mut json, REASONS_BYTES);
            return json;
        }
        kept = &kept[..kept.len() / 2];
    }
}

#[cfg(test)]
mod tests {
    use kernel::Entropy;
    use proptest::prelude::*;

    use super::*;
    use crate::Origin;

    fn blank() -> Record {
        Record::new(&Origin::local(Door::Job, Timestamp(5), "r", "n"), "a")
    }

    fn entry(record: Record) -> Entry {
        let at = Timestamp::from_seconds(1_700_000_000);
        Entry::new(AuditId::new(&Entropy::seeded(1), at), at, record)
    }

    #[test]
    fn text_is_cut_at_characters_and_lists_at_items() {
        let mut record = blank();
        record.action = "ü".repeat(300);
        record.info = "a\0b".to_owned();
        record.policies = vec!["policy-name"; 1000].join(",");
        let entry = entry(record);
        assert_eq!(entry.record.action.chars().count(), 200);
        assert_eq!(entry.record.info, "a\u{fffd}b");
        assert!(entry.record.policies.len() <= LIST_WIDTH && entry.record.policies.ends_with("policy-name"));
    }

    #[test]
    fn policies_are_named_once_and_reasons_bounded() {
        let reason = |n: usize| Reason {
            policy: format!("p{}", n % 3),
            scope: "authentication".into(),
            action: "otppin".into(),
            value: "x".repeat(100),
        };
        let mut record = blank();
        record.reasons = (0..1000).map(reason).collect();
        let entry = entry(record);
        assert_eq!(entry.record.policies, "p0,p1,p2");
        assert!(entry.reasons_json.len() <= REASONS_BYTES);
        assert!(serde_json::from_str::<Vec<Reason>>(&entry.reasons_json).is_ok_and(|r| !r.is_empty()));
    }

    /// Splits canonical bytes into their parts again.
    fn parts(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let (part, rest) = rest.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
            out.push(part.to_vec());
            bytes = rest;
        }
        out
    }

    proptest! {
        #[test]
        fn canonical_bytes_can_be_read_back(texts in proptest::collection::vec(".{0,20}", 6), n in any::<i64>()) {
            let mut record = blank();
            record.action.clone_from(&texts[0]);
            record.user.clone_from(&texts[1]);
            record.realm.clone_from(&texts[2]);
            record.info.clone_from(&texts[3]);
            record.client.clone_from(&texts[4]);
            record.serial.clone_from(&texts[5]);
            record.started = Some(Timestamp(n));
            let entry = entry(record);
            let parts = parts(&entry.canonical());
            prop_assert_eq!(parts.len(), 32);
            let r = &entry.record;
            for (position, text) in [(5, &r.action), (8, &r.serial), (12, &r.user), (13, &r.realm), (18, &r.info)] {
                prop_assert_eq!(&parts[position], text.as_bytes());
            }
            prop_assert_eq!(&parts[3], &n.to_be_bytes());
        }

        /// Moving characters from one column to its neighbour changes the bytes.
        #[test]
        fn columns_do_not_run_into_each_other(a in "[ab]{0,4}", b in "[ab]{0,4}", c in "[ab]{0,4}", d in "[ab]{0,4}") {
            let with = |user: &str, realm: &str| {
                let mut record = blank();
                record.user = user.to_owned();
                record.realm = realm.to_owned();
                entry(record).canonical()
            };
            prop_assert_eq!(with(&a, &b) == with(&c, &d), (&a, &b) == (&c, &d));
        }
    }
}
