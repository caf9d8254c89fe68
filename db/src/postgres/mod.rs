//! PostgreSQL: values, errors, and how to connect.

mod compose;

use std::borrow::Cow;
use std::str::FromStr;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgValueFormat, PgValueRef};
use sqlx::{Arguments, Column, ConnectOptions, Decode, Postgres, Row, TypeInfo, ValueRef};

use crate::Limits;
use crate::batch::Step;
use crate::error::{DbError, OpenError};
use crate::remote::{Fault, Flavor, Remote, storable};
use crate::stmt::Dialect;
use crate::value::Value;

/// The oldest that is supported, as `server_version_num`.
const OLDEST: i64 = 130_000;
const SETTING: &str = "SELECT current_setting($1)";

/// Connects to the server named by `url`.
pub(crate) async fn open(url: &str, limits: Limits) -> Result<Remote<Postgres>, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| OpenError::Failed("the postgres URL is not valid".to_owned()))?
        .application_name("symbolon")
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let remote = Remote::open(PgPoolOptions::new(), options, limits).await?;
    let version: i64 = setting(&remote, "server_version_num").await?.parse().unwrap_or(0);
    if version < OLDEST {
        return Err(OpenError::Failed(format!("PostgreSQL {} is too old; 13 is needed", version / 10_000)));
    }
    let encoding = setting(&remote, "server_encoding").await?;
    if encoding != "UTF8" {
        return Err(OpenError::Failed(format!("the database has the encoding {encoding}; UTF8 is needed")));
    }
    Ok(remote)
}

async fn setting(remote: &Remote<Postgres>, name: &str) -> Result<String, OpenError> {
    let rows = remote.fetch(Cow::Borrowed(SETTING), "current_setting", &[Value::from(name)]).await;
    let value = rows.and_then(|rows| rows.first().map_or(Ok(String::new()), |row| row.get(0)));
    value.map_err(|e| OpenError::Failed(e.to_string()))
}

/// Settings that make COMMIT answer before the change is safe.
pub(crate) async fn durability(remote: &Remote<Postgres>) -> Result<Vec<String>, DbError> {
    let mut out = Vec::new();
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        let rows = remote.fetch(Cow::Borrowed(SETTING), "current_setting", &[Value::from(name)]).await?;
        if rows.iter().any(|row| row.get::<String>(0).is_ok_and(|value| value == "off")) {
            out.push(format!("PostgreSQL: {name} is off"));
        }
    }
    Ok(out)
}

impl Flavor for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
    const CAUSAL: Option<[&'static str; 2]> = None;

    fn bind<'v>(args: impl ExactSizeIterator<Item = &'v Value>) -> Result<PgArguments, String> {
        let mut out = PgArguments::default();
        out.reserve(args.len(), args.len() * 16);
        for value in args {
            match value {
                Value::Bool(b) => out.add(*b),
                Value::Int(n) => out.add(*n),
                Value::Text(text) => {
                    storable(text.as_deref().unwrap_or(""))?;
                    out.add(text.as_deref())
                }
                Value::Bytes(bytes) => out.add(bytes.as_deref()),
            }
            .map_err(|e| e.to_string())?;
        }
        Ok(out)
    }

    fn decode(row: &PgRow, column: usize) -> Result<Value, String> {
        let raw = row.try_get_raw(column).map_err(|e| e.to_string())?;
        Ok(match row.column(column).type_info().name() {
            "BOOL" => Value::Bool(read(raw)?),
            "INT8" => Value::Int(read(raw)?),
            "TEXT" | "VARCHAR" | "BPCHAR" | "NAME" | "UNKNOWN" => Value::Text(read(raw)?),
            "INT4" => Value::Int(read::<i32>(raw)?.map(i64::from)),
            "INT2" => Value::Int(read::<i16>(raw)?.map(i64::from)),
            "NUMERIC" if raw.is_null() => Value::Int(None),
            "NUMERIC" => Value::Int(Some(whole(raw)?)),
            "BYTEA" => Value::Bytes(read(raw)?),
            other => return Err(format!("a column of type {other}")),
        })
    }

    fn columns(row: &PgRow) -> usize {
        row.len()
    }

    fn touched(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }

    fn fault(error: &dyn sqlx::error::DatabaseError, _sql: &str) -> Fault {
        let code = error.code().unwrap_or_default();
        let text = error.message().to_owned();
        match &*code {
            // 57P01 (the connection is ended by the administrator) comes in place of a result: nothing was done.
            "40001" | "40P01" | "55P03" | "57P01" => Fault::Retry(text),
            "53300" | "57P02" | "57P03" | "25006" => Fault::Gone(text),
            "23505" | "23503" | "23514" | "23P01" => Fault::Constraint(error.constraint().unwrap_or_default().to_owned()),
            "23502" => {
                let column = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|e| e.column());
                Fault::Constraint(column.unwrap_or_default().to_owned())
            }
            "22001" | "22003" | "22021" | "22P05" => Fault::Refused(text),
            // The text quotes the value.
            "22P02" => Fault::Refused("a value of another type".to_owned()),
            code if code.starts_with("08") => Fault::Gone(text),
            _ => Fault::Failed(text),
        }
    }

    fn compose(steps: &[Step]) -> Option<String> {
        compose::compose(steps)
    }

    fn failed_guard(error: &sqlx::Error) -> Option<usize> {
        let sqlx::Error::Database(e) = error else { return None };
        if e.code().as_deref() == Some("22P02") { compose::failed_guard(e.message()) } else { None }
    }
}

/// A value of a type that is known to fit its column.
fn read<'r, T: Decode<'r, Postgres>>(raw: PgValueRef<'r>) -> Result<Option<T>, String> {
    if raw.is_null() { Ok(None) } else { T::decode(raw).map(Some).map_err(|e| e.to_string()) }
}

/// SUM() of BIGINT is NUMERIC: reads it as a whole number. The binary form is a count of base-10000 digits, the weight of the
/// first, sign, scale, digits.
fn whole(raw: PgValueRef<'_>) -> Result<i64, String> {
    let wrong = || "a number that is not whole or too large".to_owned();
    let bytes = raw.as_bytes().map_err(|e| e.to_string())?;
    if raw.format() == PgValueFormat::Text {
        return std::str::from_utf8(bytes).ok().and_then(|t| t.parse().ok()).ok_or_else(wrong);
    }
    let words: Vec<i16> = bytes.chunks_exact(2).map(|c| i16::from_be_bytes([c[0], c[1]])).collect();
    let [_count, weight, sign @ (0 | 0x4000), _scale, digits @ ..] = words.as_slice() else { return Err(wrong()) };
    if digits.is_empty() {
        return Ok(0);
    }
    let before_point = usize::try_from(*weight).ok().filter(|w| *w < 5).ok_or_else(wrong)? + 1;
    let mut value: i128 = 0;
    for position in 0..before_point {
        value = value * 10_000 + i128::from(digits.get(position).copied().unwrap_or(0));
    }
    let fraction = digits.iter().skip(before_point).any(|d| *d != 0);
    if fraction {
        return Err(wrong());
    }
    i64::try_from(if *sign == 0x4000 { -value } else { value }).map_err(|_| wrong())
}
