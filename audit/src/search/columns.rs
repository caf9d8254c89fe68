//! The columns that are shown: name, value, and how they are filtered. The search, the answer of the API and the CSV file
//! derive from this one list.

use db::list::Filter;
use kernel::Timestamp;
use serde_json::Value;

use super::Found;
use super::age::moment_range;

/// A column of the wire format.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What an entry shows in it.
    pub value: fn(&Found) -> Value,
    kind: Kind,
}

enum Kind {
    /// Text of this column of the table.
    Text(&'static str),
    /// Success, as 0 and 1.
    Flag(&'static str),
    /// A moment, by the beginning of its ISO form.
    Moment(&'static str),
    /// The position in the chain.
    Number,
    /// Only shown.
    Shown,
}

macro_rules! columns {
    ($($name:literal $kind:expr, $value:expr;)+) => {
        /// All columns, in the order of the wire format.
        pub static COLUMNS: &[Column] = &[$(Column { name: $name, value: $value, kind: $kind }),+];
    };
}

columns! {
    "number" Kind::Number, |f| f.number.into();
    "date" Kind::Moment("at"), |f| iso(Some(f.entry.record.at));
    "sig_check" Kind::Shown, |f| verdict(f.genuine);
    "missing_line" Kind::Shown, |f| verdict(f.in_line);
    "action" Kind::Text("action"), |f| f.entry.record.action.as_str().into();
    "authentication" Kind::Text("authentication"), |f| f.entry.record.authentication.as_str().into();
    "success" Kind::Flag("success"), |f| i32::from(f.entry.record.success).into();
    "serial" Kind::Text("serial"), |f| f.entry.record.serial.as_str().into();
    "token_type" Kind::Text("token_type"), |f| f.entry.record.token_type.as_str().into();
    "container_serial" Kind::Text("container_serial"), |f| f.entry.record.container_serial.as_str().into();
    "container_type" Kind::Text("container_type"), |f| f.entry.record.container_type.as_str().into();
    "user" Kind::Text("user_name"), |f| f.entry.record.user.as_str().into();
    "realm" Kind::Text("realm"), |f| f.entry.record.realm.as_str().into();
    "resolver" Kind::Text("resolver"), |f| f.entry.record.resolver.as_str().into();
    "administrator" Kind::Text("administrator"), |f| f.entry.record.administrator.as_str().into();
    "action_detail" Kind::Text("action_detail"), |f| f.entry.record.action_detail.as_str().into();
    "info" Kind::Text("info"), |f| f.entry.record.info.as_str().into();
    "privacyidea_server" Kind::Text("node"), |f| f.entry.record.node.as_str().into();
    "policies" Kind::Text("policies"), |f| f.entry.record.policies.as_str().into();
    "client" Kind::Text("client"), |f| f.entry.record.client.as_str().into();
    "user_agent" Kind::Text("user_agent"), |f| f.entry.record.user_agent.as_str().into();
    "user_agent_version" Kind::Text("user_agent_version"), |f| f.entry.record.user_agent_version.as_str().into();
    "log_level" Kind::Text("log_level"), |f| f.entry.record.log_level.as_str().into();
    "clearance_level" Kind::Text("clearance_level"), |f| f.entry.record.clearance_level.as_str().into();
    "startdate" Kind::Moment("started_at"), |f| iso(f.entry.record.started);
    "duration" Kind::Shown, |f| f.entry.record.duration.map(|d| d.as_secs_f64()).into();
    "thread_id" Kind::Text("thread_id"), |f| f.entry.record.thread_id.as_str().into();
}

fn verdict(good: bool) -> Value {
    if good { "OK".into() } else { "FAIL".into() }
}

/// ISO 8601 in UTC with microseconds.
fn iso(at: Option<Timestamp>) -> Value {
    let Some(at) = at else { return Value::Null };
    let moment = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1000);
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");
    moment.ok().and_then(|moment| moment.format(format).ok()).map_or(Value::Null, Value::from)
}

/// The column of this name.
pub(super) fn column(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

impl Column {
    /// The filter for a pattern: `*` stands for any text, a leading `!` negates.
    pub(super) fn filter(&self, pattern: &str) -> Result<Filter, String> {
        if let Some(pattern) = pattern.strip_prefix('!') {
            return self.filter(pattern).map(Filter::not);
        }
        let refused = |what: &str| Err(format!("{}: `{pattern}` {what}", self.name));
        match self.kind {
            Kind::Text(column) => Ok(Filter::like(column, pattern)),
            Kind::Flag(column) => match pattern.to_ascii_lowercase().as_str() {
                "*" => Ok(Filter::all(vec![])),
                "1" | "true" | "yes" | "ok" => Ok(Filter::equals(column, true)),
                "0" | "false" | "no" | "fail" => Ok(Filter::equals(column, false)),
                _ => refused("is neither 1 nor 0"),
            },
            Kind::Moment(column) => match moment_range(pattern.trim_matches('*')) {
                Some((from, until)) => Ok(Filter::all(vec![Filter::at_least(column, from), Filter::below(column, until)])),
                None if pattern.bytes().all(|b| b == b'*') => Ok(Filter::all(vec![])),
                None => refused("is not the beginning of a date such as 2026-01-31T12"),
            },
            Kind::Number => match pattern.parse::<i64>() {
                Ok(n) => Ok(Filter::within("id", "audit_chain", "entry_id", vec![Filter::equals("position", n)])),
                Err(_) if pattern == "*" => Ok(Filter::all(vec![])),
                Err(_) => refused("is not a number"),
            },
            Kind::Shown => refused("cannot be searched for"),
        }
    }

    /// The filter for exactly this text.
    pub(super) fn exactly(&self, text: &str) -> Option<Filter> {
        match self.kind {
            Kind::Text(column) => Some(Filter::equals(column, text)),
            Kind::Flag(_) | Kind::Moment(_) | Kind::Number | Kind::Shown => None,
        }
    }

    /// The filter for one of these texts.
    pub(super) fn one_of(&self, texts: &[String]) -> Option<Filter> {
        match self.kind {
            Kind::Text(column) => Some(Filter::any_of(column, texts.iter().map(String::as_str))),
            Kind::Flag(_) | Kind::Moment(_) | Kind::Number | Kind::Shown => None,
        }
    }
}
