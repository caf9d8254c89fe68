//! Pages of tokens.

use db::list::{Filter, ListQuery, Order};
use db::{Db, DbError};

use super::super::Token;
use super::read::{COLUMNS, token};

/// By what a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The serial.
    #[default]
    Serial,
    /// The number on the wire.
    Number,
    /// The kind.
    Kind,
    /// The description.
    Description,
    /// The fail counter.
    Failcount,
    /// Whether it is active.
    Active,
    /// How far enrolment has come.
    Rollout,
}

impl Sort {
    /// Reads a name of the wire format.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "serial" => Self::Serial,
            "id" => Self::Number,
            "tokentype" | "type" => Self::Kind,
            "description" => Self::Description,
            "failcount" => Self::Failcount,
            "active" => Self::Active,
            "rollout_state" => Self::Rollout,
            _ => return None,
        })
    }

    const fn column(self) -> &'static str {
        match self {
            // This one has an index.
            Self::Serial => "serial_folded",
            Self::Number => "number",
            Self::Kind => "kind",
            Self::Description => "description",
            Self::Failcount => "failcount",
            Self::Active => "active",
            Self::Rollout => "rollout",
        }
    }
}

/// Which page of which tokens.
pub(crate) struct Page {
    pub(crate) filters: Vec<Filter>,
    pub(crate) sort: Sort,
    pub(crate) order: Order,
    pub(crate) page: u64,
    pub(crate) size: u64,
}

/// A page of tokens, and how many pass the filters on all pages.
///
/// # Errors
/// When the database fails or refuses a pattern.
pub(crate) async fn page(db: &Db, wanted: Page) -> Result<(Vec<Token>, u64), DbError> {
    let mut query = ListQuery::new("token", COLUMNS).order_by(wanted.sort.column(), wanted.order);
    for filter in wanted.filters {
        query = query.filter(filter);
    }
    let count = query.count(db).await?;
    let rows = query.page(wanted.page, wanted.size).rows(db).await?;
    Ok((rows.iter().map(token).collect::<Result<_, _>>()?, count))
}
