//! SOAP over HTTP (SAML bindings 3.2.3): who asks is another server, and what goes wrong is told in a fault.
//!
//! A fault is answered with status 500, whoever is to blame (SOAP 1.1, 6.2); what others did wrong is counted as such all the same.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use idp::saml::soap::{FaultCode, fault};
use idp::saml::{GateError, SsoProblem};
use kernel::{Class, Classified};

use crate::http::{CountedAs, Cx, failure};

/// An envelope as an answer.
pub(super) fn envelope(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

/// What went wrong, as a fault.
pub(super) fn refuse(cx: &Cx, problem: &SsoProblem) -> Response {
    if problem.class() == Class::Internal {
        failure::log(&cx.id, problem);
        let told = fault(FaultCode::Server, "Something went wrong on our side.");
        return envelope(StatusCode::INTERNAL_SERVER_ERROR, told);
    }
    tracing::info!(request = %cx.id, code = problem.code(), %problem, "SAML request refused");
    let (status, code) = match problem {
        SsoProblem::Soap(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.code()),
        // Bindings 3.2.3.3: so is told that we do not talk with somebody.
        SsoProblem::Party | SsoProblem::Gate(GateError::Signature | GateError::Unsigned) => {
            (StatusCode::FORBIDDEN, FaultCode::Client)
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, FaultCode::Client),
    };
    let mut response = envelope(status, fault(code, &problem.to_string()));
    if status.is_server_error() {
        response.extensions_mut().insert(CountedAs(failure::status(problem.class())));
    }
    response
}
