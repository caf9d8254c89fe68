//! Verbs that perform an operation: one line each in the table of their resource.

use std::sync::Arc;

use http::{Method, StatusCode};
use mfa::operation::{Access, Answer, Code, Failure, Operation, perform};

use crate::http::{Route, Who, failure};

use super::envelope::Reply;
use super::error::ApiError;
use super::request::{Outcome, Request, verb};

/// A route that performs `op`. Who may call it follows from the operation.
pub(super) fn operation<O>(method: Method, path: &'static str, op: O) -> Route
where
    O: Operation + Send + Sync + 'static,
{
    let who = match O::ACCESS {
        Access::Everybody => Who::Anyone,
        Access::Both => Who::Caller,
        _ => Who::Admin,
    };
    let op = Arc::new(op);
    verb(method, path, who, move |request| {
        let op = Arc::clone(&op);
        async move { performed(&*op, request).await }
    })
}

/// Performs an operation for a request.
pub(super) async fn performed<O: Operation>(op: &O, request: Request) -> Outcome {
    let id = request.cx.id.clone();
    let (app, call) = request.call()?;
    match perform(&app.mfa, op, call).await {
        Ok(done) => Ok(reply(done.answer)),
        Err(failed) => Err(refused(&id, failed)),
    }
}

/// The answer of an operation in its envelope.
pub(super) fn reply(answer: Answer) -> Reply {
    Reply { value: answer.value, detail: answer.detail, authentication: answer.authentication, ..Reply::default() }
}

/// A failed operation in the words of the wire format.
pub(super) fn refused(request: &str, failed: Failure) -> ApiError {
    failure::log(request, &failed);
    let status = match failed.code {
        Code::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        _ => failure::status(kernel::Classified::class(&failed)),
    };
    ApiError { status, code: failed.code.number(), message: failed.message, detail: failed.detail.map(|detail| *detail) }
}
