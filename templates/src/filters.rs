//! Functions and filters that templates use. One environment serves one language, so texts need no further argument.

use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};

use crate::text::{Arg, Texts, without_controls};
use crate::when::Civil;
use crate::{When, escape, qr, url};

/// Adds everything to the environment of one language.
pub(crate) fn add(env: &mut Environment<'static>, texts: Arc<Texts>) {
    let own = texts.clone();
    env.add_function("t", move |key: &str, args: Kwargs| {
        own.plain(key, from_kwargs(&args)?).map(Value::from).ok_or_else(|| unknown(key))
    });
    let own = texts.clone();
    env.add_function("rich", move |key: &str, args: Kwargs| {
        own.rich(key, from_kwargs(&args)?).map(Value::from_safe_string).ok_or_else(|| unknown(key))
    });
    let own = texts.clone();
    env.add_function("say", move |words: Value| {
        let (key, args) = from_words(&words)?;
        own.plain(&key, args).map(Value::from).ok_or_else(|| unknown(&key))
    });
    let own = texts.clone();
    env.add_function("when", move |micros: i64, cx: Value| {
        let text = moment(&own, When(micros), &cx, true)?;
        Ok::<_, Error>(Value::from_safe_string(format!(
            "<time datetime=\"{}\">{}</time>",
            machine(When(micros)),
            escape::html(&text)
        )))
    });
    // For paper, files and mail, which are read on another day.
    env.add_function("date", move |micros: i64, cx: Value| moment(&texts, When(micros), &cx, false));
    env.add_function("qr", |text: &str, label: &str| qr::svg(text, &escape::html(label)).map(Value::from_safe_string));
    env.add_filter("link", |text: &str| url::link(text).map(str::to_owned));
    env.add_filter("image", |text: &str| url::image(text).map(str::to_owned));
    env.add_filter("otpauth", |text: &str| url::otpauth(text).map(str::to_owned));
    env.add_filter("form_target", |text: &str| url::form_target(text).map(str::to_owned));
    env.add_filter("required", |value: Option<String>| {
        value.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "address refused"))
    });
    env.add_filter("clean", without_controls_of);
    env.add_filter("in_fours", in_fours);
    env.add_filter("initial", initial);
    env.add_filter("host", host);
    env.add_filter("data_text", data_text);
}

fn unknown(key: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("no sentence `{key}`, or a value of it is missing"))
}

fn from_kwargs(args: &Kwargs) -> Result<Vec<(String, Arg)>, Error> {
    args.args().map(|name| Ok((name.to_owned(), arg(&args.get::<Value>(name)?)))).collect()
}

/// Key and values of what `words!` serialises.
fn from_words(words: &Value) -> Result<(String, Vec<(String, Arg)>), Error> {
    let key = words.get_attr("key")?.to_string();
    let mut args = Vec::new();
    for name in words.try_iter()? {
        let name = name.to_string();
        if name != "key" && name != "code" {
            let value = words.get_attr(&name)?;
            args.push((name, arg(&value)));
        }
    }
    Ok((key, args))
}

fn arg(value: &Value) -> Arg {
    match value.as_i64() {
        Some(number) if value.is_integer() => Arg::Number(number),
        _ => Arg::Text(value.to_string()),
    }
}

/// "today, 14:05", "yesterday, 09:12", "21 November 2025, 14:05"; the first two only when `relative` is wanted.
fn moment(texts: &Texts, when: When, cx: &Value, relative: bool) -> Result<String, Error> {
    let now = cx.get_attr("now")?.as_i64().unwrap_or_default();
    let offset = cx.get_attr("utc_offset_minutes")?.as_i64().unwrap_or_default() as i32;
    let (then, today) = (when.civil(offset), When(now).civil(offset));
    let time = format!("{:02}:{:02}", then.hour, then.minute);
    let (key, mut args) = match today.day_number - then.day_number {
        0 if relative => ("time-today", vec![]),
        1 if relative => ("time-yesterday", vec![]),
        _ => (
            "time-date",
            vec![
                ("day".to_owned(), Arg::Number(then.day)),
                ("month".to_owned(), Arg::Number(then.month)),
                ("year".to_owned(), Arg::Text(then.year.to_string())),
            ],
        ),
    };
    args.push(("time".to_owned(), Arg::Text(if offset == 0 { format!("{time} UTC") } else { time })));
    texts.plain(key, args).ok_or_else(|| unknown(key))
}

/// The `datetime` attribute: RFC 3339 in UTC.
fn machine(when: When) -> String {
    let Civil { year, month, day, hour, minute, .. } = when.civil(0);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}Z")
}

/// A name from outside without control and direction marks.
fn without_controls_of(text: &str) -> String {
    without_controls(text)
}

/// `ABCDEFGH` as a list of `ABCD`, `EFGH`.
fn in_fours(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect()).collect()
}

/// The letter of a name that stands for a missing picture.
fn initial(text: &str) -> String {
    text.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}

/// The host of a web address, for "you will return to ..."; the address itself when it has none.
fn host(text: &str) -> String {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    without_controls(host.rsplit('@').next().unwrap_or_default())
}

/// Plain text as a `data:` address for a download that needs neither script nor another request.
fn data_text(text: &str) -> String {
    let mut url = String::from("data:text/plain;charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}
