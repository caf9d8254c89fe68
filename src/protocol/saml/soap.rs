//! SOAP over HTTP (SAML bindings 3.2.3): who asks is another server, and what goes wrong is told in a fault.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use idp::saml::soap::{FaultCode, fault};
use idp::saml::{GateError, SsoProblem};
use kernel::{Class, Classified};

use crate::http::Cx;

/// An envelope as an answer.
pub(super) fn envelope(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

/// What went wrong, as a fault.
pub(super) fn refuse(cx: &Cx, problem: &SsoProblem) -> Response {
    let (status, code) = match problem {
        SsoProblem::Soap(e) => (StatusCode::BAD_REQUEST, e.code()),
        // Bindings 3.2.3.3: so is told that we do not talk with somebody.
        SsoProblem::Party | SsoProblem::Gate(GateError::Signature | GateError::Unsigned) => {
            (StatusCode::FORBIDDEN, FaultCode::Client)
        }
        _ if problem.class() == Class::Internal => (StatusCode::INTERNAL_SERVER_ERROR, FaultCode::Server),
        _ => (StatusCode::BAD_REQUEST, FaultCode::Client),
    };
    if problem.class() == Class::Internal {
        crate::http::failure::log(&cx.id, problem);
        return envelope(status, fault(code, "Something went wrong on our side."));
    }
    tracing::info!(request = %cx.id, code = problem.code(), %problem, "SAML request refused");
    envelope(status, fault(code, &problem.to_string()))
}
