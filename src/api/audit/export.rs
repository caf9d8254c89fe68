//! `GET /audit/{csvfile}`: the log as a file, sent while it is read.

use std::convert::Infallible;

use audit::Chain;
use audit::search::csv;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::ids::AuditId;
use kernel::{Clock, Timestamp};
use mfa::audit_log::{Export, ExportAudit};
use mfa::operation::perform;

use crate::api::operation::refused;
use crate::api::request::{Raw, answer, nonce, read};
use crate::http::Who;

/// Rows that are read at a time.
const CHUNK: u64 = 500;

pub(super) async fn get(raw: Raw) -> Response {
    let (app, params) = (raw.app().clone(), raw.params(&["csvfile"]));
    let nonce = nonce(&params);
    let request = match read(raw, params, Who::Admin, "GET /audit/<csvfile>").await {
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

fn lines(chain: Chain, export: Export, clock: Clock) -> impl futures::Stream<Item = Result<String, Infallible>> {
    stream::unfold((chain, export, clock, At::Head), |(chain, export, clock, at)| async move {
        let after = match at {
            At::Head => return Some((Ok(csv::header()), (chain, export, clock, At::After(None)))),
            At::After(after) => after,
            At::End => return None,
        };
        let (text, next) = chunk(&chain, &export, after, clock.now()).await;
        Some((Ok(text), (chain, export, clock, next)))
    })
}

async fn chunk(chain: &Chain, export: &Export, after: Option<AuditId>, now: Timestamp) -> (String, At) {
    match chain.chunk(&export.search, after, CHUNK, now).await {
        Ok(found) => {
            let last = found.last().map(|f| f.entry.id);
            let text = found.iter().filter(|f| export.admits(f)).map(csv::row).collect();
            (text, last.map_or(At::End, |last| At::After(Some(last))))
        }
        Err(error) => {
            tracing::error!(%error, "the export of the audit log ended early");
            // The reader must not take what came for everything.
            ("'the export ended early because of an error'\n".to_owned(), At::End)
        }
    }
}
