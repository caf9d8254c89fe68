//! The parameters as what they mean. Text becomes values here, once; nothing is parsed when somebody signs in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use db::foreign::{Bounds, Name, Place, Table, Test};
use keys::passwords::foreign::Maker;

use super::{condition, map, source};
use crate::resolvers::{ParamValues, ResolverError};

/// Everything, read.
pub(super) struct Config {
    /// Where the table is, or why nothing can be done.
    pub(super) place: Result<Place, &'static str>,
    pub(super) table: Table,
    pub(super) bounds: Bounds,
    /// The columns of uid and login.
    pub(super) uid: Name,
    pub(super) login: Name,
    /// The column of password hashes.
    pub(super) password: Option<Name>,
    /// Our attribute to the column.
    pub(super) map: BTreeMap<String, Name>,
    /// What the rows must meet.
    pub(super) tests: Vec<Test>,
    pub(super) limit: usize,
    pub(super) maker: &'static Maker,
}

impl Config {
    /// Reads the parameters; `own` is the file of our own database.
    ///
    /// # Errors
    /// [`ResolverError::Parameters`] names the parameter that is wrong.
    pub(super) fn read(params: &ParamValues, own: Option<&Path>) -> Result<Self, ResolverError> {
        Self::parse(params, own).map_err(ResolverError::Parameters)
    }

    fn parse(params: &ParamValues, own: Option<&Path>) -> Result<Self, String> {
        let mut map = BTreeMap::new();
        for (ours, theirs) in map::read(params.text("Map")).map_err(|e| format!("Map: {e}"))? {
            map.insert(ours, Name::new(&theirs).ok_or_else(|| format!("Map: `{theirs}` is no name of a column"))?);
        }
        let mut needed = |name: &str| map.remove(name).ok_or_else(|| format!("Map: {name} is missing"));
        let (uid, login) = (needed("userid")?, needed("username")?);
        let maker = Maker::named(params.text("Password_Hash_Type")).ok_or_else(|| {
            let known: Vec<&str> = Maker::all().map(|maker| maker.name).collect();
            format!("Password_Hash_Type: `{}` is not known: {}", params.text("Password_Hash_Type"), known.join(", "))
        })?;
        Ok(Self {
            place: source::read(params, own)?,
            table: Table::parse(params.text("Table")).ok_or("Table: the name of a table is needed, as table or schema.table")?,
            bounds: Bounds {
                connections: usize::try_from(number(params, "poolSize", 1, 64)?).unwrap_or(5),
                patience: Duration::from_secs(number(params, "poolTimeout", 1, 60)?.unsigned_abs()),
                recycle: match number(params, "poolRecycle", -1, 86_400)? {
                    -1 => None,
                    seconds => Some(Duration::from_secs(seconds.unsigned_abs())),
                },
                editable: params.flag("Editable"),
            },
            password: map.remove("password"),
            tests: condition::read(params.text("Where")).map_err(|e| format!("Where: {e}"))?,
            limit: usize::try_from(number(params, "Limit", 1, 10_000)?).unwrap_or(100),
            uid,
            login,
            map,
            maker,
        })
    }
}

fn number(params: &ParamValues, name: &str, least: i64, most: i64) -> Result<i64, String> {
    let n = params.text(name).trim().parse::<i64>().map_err(|_| format!("{name}: a whole number is expected"))?;
    Ok(n.clamp(least, most))
}
