//! `/audit`: the audit log, page by page or as a file.

mod export;

use http::Method;
use mfa::audit_log::SearchAudit;

use crate::http::{Area, Route, Who};

use super::operation::performed;
use super::request::{Outcome, Request, verb};

const FILTER: &[&str] = &[
    "page",
    "page_size",
    "sortorder",
    "timelimit",
    "action",
    "success",
    "authentication",
    "serial",
    "user",
    "realm",
    "administrator",
    "client",
    "date",
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        verb(Method::GET, "/audit", Who::Caller, search)
            .about("Search the audit log; * stands for any text, a leading ! negates.", FILTER),
        Route::get("/audit/{csvfile}", Area::Api, Who::Admin, export::get)
            .about("The audit log as CSV.", &["csvfile", "timelimit"]),
    ]
}

async fn search(request: Request) -> Outcome {
    performed(&SearchAudit(request.app.chain.clone()), request).await
}
