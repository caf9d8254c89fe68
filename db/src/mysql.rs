//! MySQL and MariaDB: values, errors, and how to connect.

use std::borrow::Cow;
use std::str::FromStr;

use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPoolOptions, MySqlQueryResult, MySqlRow};
use sqlx::{Arguments, ConnectOptions, Executor, MySql, Row, Type, TypeInfo, ValueRef};

use crate::Limits;
use crate::error::{DbError, OpenError};
use crate::remote::{Fault, Flavor, Remote, storable, table_of};
use crate::stmt::Dialect;
use crate::value::Value;

/// Every connection: no gap locks between guarded statements, nothing truncated silently.
const SESSION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
     SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), innodb_lock_wait_timeout = 10";

/// A server without Galera has no such variable, or has it off.
const GALERA: &str = "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'";
const FLUSH: &str = "SHOW GLOBAL VARIABLES LIKE 'innodb_flush_log_at_trx_commit'";
const DOUBLEWRITE: &str = "SHOW GLOBAL VARIABLES LIKE 'innodb_doublewrite'";
const VERSION: &str = "SELECT VERSION()";

/// Connects to the server named by `url`.
pub(crate) async fn open(url: &str, limits: Limits) -> Result<Remote<MySql>, OpenError> {
    // sqlx knows MariaDB as mysql only.
    let url = url.strip_prefix("mariadb:").map_or_else(|| url.to_owned(), |rest| format!("mysql:{rest}"));
    let options = MySqlConnectOptions::from_str(&url)
        .map_err(|_| OpenError::Failed("the mysql URL is not valid".to_owned()))?
        .charset("utf8mb4")
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let pool = MySqlPoolOptions::new()
        .after_connect(|connection, _| Box::pin(async move { connection.execute(sqlx::raw_sql(SESSION)).await.map(drop) }));
    let remote = Remote::open(pool, options, limits).await?;
    let told = |e: DbError| OpenError::Failed(e.to_string());
    let version = remote.fetch(Cow::Borrowed(VERSION), "VERSION", &[]).await.map_err(told)?;
    let version: String = version.first().map_or(Ok(String::new()), |row| row.get(0)).map_err(told)?;
    if !new_enough(&version) {
        return Err(OpenError::Failed(format!("{version} is too old; MySQL 8.0.16 or MariaDB 10.6 is needed")));
    }
    let galera = variable(&remote, GALERA).await.map_err(told)?;
    Ok(remote.clustered(galera.is_some_and(|value| value == "ON")))
}

/// The value of a variable, if the server has it.
async fn variable(remote: &Remote<MySql>, show: &'static str) -> Result<Option<String>, DbError> {
    let rows = remote.fetch(Cow::Borrowed(show), "SHOW VARIABLES", &[]).await?;
    rows.first().map(|row| row.get(1)).transpose()
}

/// CHECK constraints are kept since these versions.
fn new_enough(version: &str) -> bool {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().unwrap_or(0));
    let numbers = [numbers.next(), numbers.next(), numbers.next()].map(Option::unwrap_or_default);
    numbers >= if version.contains("MariaDB") { [10, 6, 0] } else { [8, 0, 16] }
}

/// Settings that make COMMIT answer before the change is safe.
pub(crate) async fn durability(remote: &Remote<MySql>) -> Result<Vec<String>, DbError> {
    let mut out = Vec::new();
    if variable(remote, FLUSH).await?.is_some_and(|value| value != "1") {
        out.push("MySQL: innodb_flush_log_at_trx_commit is not 1".to_owned());
    }
    if variable(remote, DOUBLEWRITE).await?.is_some_and(|value| value == "OFF") {
        out.push("MySQL: innodb_doublewrite is OFF".to_owned());
    }
    Ok(out)
}

impl Flavor for MySql {
    const DIALECT: Dialect = Dialect::MySql;
    const CAUSAL: Option<[&'static str; 2]> = Some(["SET SESSION wsrep_sync_wait = 1", "SET SESSION wsrep_sync_wait = 0"]);

    fn bind<'v>(args: impl ExactSizeIterator<Item = &'v Value>) -> Result<MySqlArguments, String> {
        let mut out = MySqlArguments::default();
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

    fn decode(row: &MySqlRow, column: usize) -> Result<Value, String> {
        let raw = row.try_get_raw(column).map_err(|e| e.to_string())?;
        let info = raw.type_info().into_owned();
        let get = |e: sqlx::Error| e.to_string();
        Ok(match info.name() {
            "NULL" => Value::Int(None),
            "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
                Value::Int(row.try_get_unchecked(column).map_err(get)?)
            }
            "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" | "BIGINT UNSIGNED" => {
                let n: Option<u64> = row.try_get_unchecked(column).map_err(get)?;
                Value::Int(n.map(i64::try_from).transpose().map_err(|_| "a number that is too large".to_owned())?)
            }
            // SUM() of BIGINT.
            "DECIMAL" => {
                let text: Option<String> = row.try_get_unchecked(column).map_err(get)?;
                let whole = |text: String| text.parse().map_err(|_| "a number that is not whole or too large".to_owned());
                Value::Int(text.map(whole).transpose()?)
            }
            _ if <str as Type<MySql>>::compatible(&info) => Value::Text(row.try_get(column).map_err(get)?),
            _ if <[u8] as Type<MySql>>::compatible(&info) => Value::Bytes(row.try_get(column).map_err(get)?),
            other => return Err(format!("a column of type {other}")),
        })
    }

    fn columns(row: &MySqlRow) -> usize {
        row.len()
    }

    fn touched(result: &MySqlQueryResult) -> u64 {
        result.rows_affected()
    }

    fn fault(error: &dyn sqlx::error::DatabaseError, sql: &str) -> Fault {
        let number = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map_or(0, |e| e.number());
        let text = error.message().to_owned();
        match number {
            // Record changed since last read, lock wait, deadlock (at COMMIT: certification on Galera).
            1020 | 1205 | 1213 => Fault::Retry(text),
            // Too many connections, shutdown, Galera node not ready, read-only.
            1040 | 1047 | 1053 | 1290 | 1792 | 1836 | 1927 | 4031 => Fault::Gone(text),
            1062 | 1586 => Fault::Constraint(unique_name(&text, sql)),
            1216 | 1217 | 1451 | 1452 | 3819 | 4025 => Fault::Constraint(quoted_name(&text)),
            1048 => Fault::Constraint(text.split('\'').nth(1).unwrap_or_default().to_owned()),
            1264 | 1406 => Fault::Refused(text),
            // The text quotes the value.
            1265 | 1292 | 1366 => Fault::Refused("a value of another type".to_owned()),
            _ => Fault::Failed(text),
        }
    }
}

/// "Duplicate entry '...' for key 'name'": MySQL 8 prefixes the table, and both call every primary key PRIMARY.
fn unique_name(text: &str, sql: &str) -> String {
    let name = text.rsplit_once("for key '").map_or("", |(_, rest)| rest).trim_end_matches('\'');
    let name = name.rsplit('.').next().unwrap_or(name);
    if name == "PRIMARY" { format!("{}_pk", table_of(sql)) } else { name.to_owned() }
}

/// "... CONSTRAINT `name` ..." of foreign keys and checks; MySQL 8 writes checks as 'name'.
fn quoted_name(text: &str) -> String {
    let rest = text.split_once("CONSTRAINT `").map(|(_, rest)| rest.split('`').next());
    rest.unwrap_or_else(|| text.split('\'').nth(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, expected) in [
            ("10.11.6-MariaDB-0+deb12u1", true),
            ("10.5.29-MariaDB", false),
            ("11.4.2-MariaDB-log", true),
            ("8.0.16", true),
            ("8.0.15-commercial", false),
            ("9.1.0", true),
            ("5.7.44", false),
        ] {
            assert_eq!(new_enough(version), expected, "{version}");
        }
    }

    #[test]
    fn names_come_out_of_texts() {
        assert_eq!(unique_name("Duplicate entry 'for key 'x'' for key 'PRIMARY'", "INSERT INTO token (id)"), "token_pk");
        assert_eq!(unique_name("Duplicate entry 'a' for key 'token.token_serial'", ""), "token_serial");
        assert_eq!(quoted_name("CONSTRAINT `thing_n_positive` failed for `db`.`thing`"), "thing_n_positive");
        assert_eq!(quoted_name("Check constraint 'thing_n_positive' is violated."), "thing_n_positive");
    }
}
