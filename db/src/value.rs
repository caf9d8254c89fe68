//! Values and rows: the few types that the three databases share.

use std::sync::Arc;

use crate::error::DbError;

/// One argument or column. Every kind carries its NULL, because PostgreSQL wants to know the type of a NULL.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// BOOLEAN.
    Bool(Option<bool>),
    /// BIGINT: numbers, and moments as microseconds.
    Int(Option<i64>),
    /// VARCHAR or TEXT.
    Text(Option<String>),
    /// BLOB / BYTEA.
    Bytes(Option<Vec<u8>>),
}

/// The arguments of a statement, in the order of its `?`. Made by [`args!`](crate::args).
pub type Args = Vec<Value>;

/// Builds [`Args`] from anything that converts into a [`Value`]: `args![id, name, Some(3), now]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Value::from($value)),*] };
}

macro_rules! into_value {
    ($($ty:ty => $variant:ident, $convert:expr);+ $(;)?) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                let convert: fn($ty) -> _ = $convert;
                Self::$variant(Some(convert(value)))
            }
        }
        impl From<Option<$ty>> for Value {
            fn from(value: Option<$ty>) -> Self {
                let convert: fn($ty) -> _ = $convert;
                Self::$variant(value.map(convert))
            }
        }
    )+};
}

into_value! {
    bool => Bool, |v| v;
    i64 => Int, |v| v;
    i32 => Int, i64::from;
    u32 => Int, i64::from;
    u16 => Int, i64::from;
    u8 => Int, i64::from;
    kernel::Timestamp => Int, |v| v.0;
    String => Text, |v| v;
    &str => Text, str::to_owned;
    &String => Text, String::clone;
    Vec<u8> => Bytes, |v| v;
    &[u8] => Bytes, <[u8]>::to_vec;
}

macro_rules! ids_into_value {
    ($($id:ident),+ $(,)?) => {$(
        impl From<kernel::ids::$id> for Value {
            fn from(id: kernel::ids::$id) -> Self {
                Self::Text(Some(id.to_string()))
            }
        }
        impl From<Option<kernel::ids::$id>> for Value {
            fn from(id: Option<kernel::ids::$id>) -> Self {
                Self::Text(id.map(|id| id.to_string()))
            }
        }
        impl FromValue for kernel::ids::$id {
            fn from_value(value: &Value) -> Result<Self, String> {
                let text = String::from_value(value)?;
                Self::parse(text.trim_end()).map_err(|e| e.to_string())
            }
        }
    )+};
}

ids_into_value!(PersonId, TokenId, ChallengeId, SessionId, FlowId, GrantId, KeyId, AuditId, RowId);

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// Says what was found instead.
    fn from_value(value: &Value) -> Result<Self, String>;
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(None) | Value::Int(None) | Value::Text(None) | Value::Bytes(None) => "NULL",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "a number",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bool(Some(b)) => Ok(*b),
            // SQLite and MySQL keep booleans as numbers.
            Value::Int(Some(n @ (0 | 1))) => Ok(*n == 1),
            other => Err(format!("a boolean was expected, {} found", kind(other))),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Int(Some(n)) => Ok(*n),
            other => Err(format!("a number was expected, {} found", kind(other))),
        }
    }
}

macro_rules! narrow_ints {
    ($($ty:ty),+) => {$(
        impl FromValue for $ty {
            fn from_value(value: &Value) -> Result<Self, String> {
                let n = i64::from_value(value)?;
                Self::try_from(n).map_err(|_| format!("{n} is out of range"))
            }
        }
    )+};
}

narrow_ints!(i32, u8, u16, u32, u64, usize);

impl FromValue for kernel::Timestamp {
    fn from_value(value: &Value) -> Result<Self, String> {
        i64::from_value(value).map(Self)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(Some(text)) => Ok(text.clone()),
            // MariaDB reports binary collations as binary columns.
            Value::Bytes(Some(bytes)) => String::from_utf8(bytes.clone()).map_err(|_| "not UTF-8".to_owned()),
            other => Err(format!("text was expected, {} found", kind(other))),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bytes(Some(bytes)) => Ok(bytes.clone()),
            Value::Text(Some(text)) => Ok(text.clone().into_bytes()),
            other => Err(format!("bytes were expected, {} found", kind(other))),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bool(None) | Value::Int(None) | Value::Text(None) | Value::Bytes(None) => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

/// One row of a SELECT.
#[derive(Clone)]
pub struct Row {
    pub(crate) values: Arc<[Value]>,
    pub(crate) statement: &'static str,
}

impl Row {
    /// The column at `position` (from 0).
    ///
    /// # Errors
    /// [`DbError::Broken`] when the column does not exist or does not hold a `T`.
    pub fn get<T: FromValue>(&self, position: usize) -> Result<T, DbError> {
        let value = self.values.get(position).ok_or_else(|| self.broken(position, "no such column".to_owned()))?;
        T::from_value(value).map_err(|what| self.broken(position, what))
    }

    /// Reads column after column, in the order of the SELECT list.
    pub fn reader(&self) -> Reader<'_> {
        Reader { row: self, next: 0 }
    }

    /// As [`Row::reader`], beginning at `position`.
    pub fn reader_at(&self, position: usize) -> Reader<'_> {
        Reader { row: self, next: position }
    }

    /// The error for a column whose content is well-typed but makes no sense.
    pub fn broken(&self, column: usize, what: String) -> DbError {
        DbError::Broken { statement: self.statement, column, what }
    }
}

/// Reads a row from left to right.
pub struct Reader<'a> {
    row: &'a Row,
    next: usize,
}

impl Reader<'_> {
    /// The next column.
    ///
    /// # Errors
    /// [`DbError::Broken`] when there is none left or it does not hold a `T`.
    #[allow(clippy::should_implement_trait, reason = "reads typed columns; it is no iterator")]
    pub fn next<T: FromValue>(&mut self) -> Result<T, DbError> {
        let value = self.row.get(self.next);
        self.next += 1;
        value
    }

    /// The next column, read by `parse` from its text.
    ///
    /// # Errors
    /// [`DbError::Broken`] when it is no text or `parse` refuses it.
    pub fn parse<T, E: std::fmt::Display>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, DbError> {
        let text: String = self.next()?;
        parse(&text).map_err(|e| self.row.broken(self.next - 1, e.to_string()))
    }
}
