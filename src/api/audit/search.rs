//! `GET /audit/`

use audit::Chain;
use audit::search::{COLUMNS, Page};
use db::list::Order;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Value, json};

use crate::api::operation::performed;
use crate::api::request::{Outcome, Request};

use super::{refused, wanted};

/// Searches the audit log.
struct SearchAudit(Chain);

impl Operation for SearchAudit {
    const EVENT: &'static str = "audit_search";
    const ACCESS: Access = Access::Both;
    type Input = ();
    type Output = Page;

    fn right(&self, (): &()) -> Option<Right> {
        Some(rights::AUDITLOG.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<Page, Failure> {
        let page = call.params.number("page", 1..=i64::from(u32::MAX))?.unwrap_or(1);
        let size = call.params.number("page_size", 1..=1000)?.unwrap_or(15);
        let order = match call.params.optional("sortorder")?.as_deref() {
            Some("asc") => Order::Ascending,
            _ => Order::Descending,
        };
        let search = wanted(sys, call, &rights::AUDITLOG)?.page(page.unsigned_abs(), size.unsigned_abs()).sort(order);
        self.0.search(&search, sys.clock.now()).await.map_err(refused)
    }

    fn answer(&self, page: &Page) -> Answer {
        Answer::value(json!({
            "auditdata": page.entries.iter().map(|found| Value::Object(found.to_json())).collect::<Vec<_>>(),
            "auditcolumns": COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>(),
            "count": page.count,
            "current": page.current,
            "prev": page.prev,
            "next": page.next,
        }))
    }
}

pub(super) async fn get(request: Request) -> Outcome {
    performed(&SearchAudit(request.app.chain.clone()), request).await
}
