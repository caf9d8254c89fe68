//! `GET /audit/{csvfile}`: the log as a file, sent while it is read.

use std::convert::Infallible;

use audit::Chain;
use audit::search::{Search, csv};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::ids::AuditId;
use kernel::{Clock, Timestamp};
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation, perform};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use crate::api::operation::refused;
use crate::api::request::{Raw, answer, read};
use crate::http::Who;

use super::wanted;

/// Rows that are read at a time.
const CHUNK: u64 = 500;

/// Permits the export, and says what is exported.
struct ExportAudit;

impl Operation for ExportAudit {
    const EVENT: &'static str = "audit_export";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    type Output = Search;

    fn right(&self, (): &()) -> Option<Right> {
        Some(rights::AUDITLOG_DOWNLOAD.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<Search, Failure> {
        wanted(sys, call, &rights::AUDITLOG_DOWNLOAD)
    }

    fn answer(&self, _: &Search) -> Answer {
        Answer::value(true)
    }
}

pub(super) async fn get(raw: Raw) -> Response {
    let (app, nonce) = (raw.app().clone(), raw.nonce());
    let request = match read(raw, Who::Admin, "GET /audit/<csvfile>", &["csvfile"]).await {
        Ok(request) => request,
        Err(error) => return answer(&app, nonce.as_deref(), Err(error)),
    };
    let id = request.cx.id.clone();
    let outcome = match request.call() {
        Ok((_, call)) => perform(&app.mfa, &ExportAudit, call).await.map_err(|failed| refused(&id, failed)),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(done) => {
            let head = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")];
            (head, Body::from_stream(lines(app.chain.clone(), done.output, app.clock.clone()))).into_response()
        }
        Err(error) => answer(&app, nonce.as_deref(), Err(error)),
    }
}

/// Where the export stands.
enum At {
    Head,
    After(Option<AuditId>),
    End,
}

fn lines(chain: Chain, search: Search, clock: Clock) -> impl futures::Stream<Item = Result<String, Infallible>> {
    stream::unfold((chain, search, clock, At::Head), |(chain, search, clock, at)| async move {
        let after = match at {
            At::Head => return Some((Ok(csv::header()), (chain, search, clock, At::After(None)))),
            At::After(after) => after,
            At::End => return None,
        };
        let (text, next) = chunk(&chain, &search, after, clock.now()).await;
        Some((Ok(text), (chain, search, clock, next)))
    })
}

async fn chunk(chain: &Chain, search: &Search, after: Option<AuditId>, now: Timestamp) -> (String, At) {
    match chain.chunk(search, after, CHUNK, now).await {
        Ok(found) => {
            let last = found.last().map(|f| f.entry.id);
            let text = found.iter().map(csv::row).collect();
            (text, last.map_or(At::End, |last| At::After(Some(last))))
        }
        Err(error) => {
            tracing::error!(%error, "the export of the audit log ended early");
            // The reader must not take what came for everything.
            ("'the export ended early because of an error'\n".to_owned(), At::End)
        }
    }
}
