//! The Host header: pages answer under the public URL only, so that no other name (DNS rebinding, a poisoned cache) ever sees
//! them. Machines may also call by address or by a configured further name.

use std::net::IpAddr;

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Method, StatusCode, Uri, header};

use crate::app::App;
use crate::config::Server;

use super::route::Area;

/// The answer to a request under a foreign name. A browser that came to loopback by another name is sent to the public URL.
pub(crate) fn refusal(app: &App, area: Area, request: &Request) -> Option<Response> {
    let server = &app.config.server;
    let Some(host) = named(request.headers(), request.uri()) else {
        return Some((StatusCode::BAD_REQUEST, "The Host header is missing or ambiguous.").into_response());
    };
    if allowed(server, area, &host) {
        return None;
    }
    if area.is_browser() && request.method() == Method::GET && server.public_url.is_loopback() && is_loopback(&host) {
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        return Some(Redirect::temporary(&server.public_url.join(path)).into_response());
    }
    Some((StatusCode::MISDIRECTED_REQUEST, "This service is not known under that name.").into_response())
}

/// The one name by which we are called: `:authority` (HTTP/2) or the Host header.
fn named(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let header = hosts.next().map(|v| v.to_str().unwrap_or_default());
    if hosts.next().is_some() {
        return None;
    }
    match (uri.authority(), header) {
        (Some(authority), Some(host)) if authority.as_str() != host => None,
        (Some(authority), _) => Some(authority.as_str().to_ascii_lowercase()),
        (None, host) => host.filter(|h| !h.is_empty()).map(str::to_ascii_lowercase),
    }
}

fn allowed(server: &Server, area: Area, host: &str) -> bool {
    let default_port = if server.public_url.is_https() { ":443" } else { ":80" };
    if host.strip_suffix(default_port).unwrap_or(host) == server.public_url.authority() {
        return true;
    }
    match area {
        Area::Operations => true,
        Area::Api | Area::Oidc | Area::Saml | Area::Scim => {
            let name = name_of(host);
            name == "localhost"
                || name.parse::<IpAddr>().is_ok()
                || server.extra_hosts.iter().any(|h| h.eq_ignore_ascii_case(name))
        }
        Area::Pages | Area::Portal | Area::Assets => false,
    }
}

fn name_of(host: &str) -> &str {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    bare.trim_matches(['[', ']'])
}

fn is_loopback(host: &str) -> bool {
    let name = name_of(host);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PublicUrl;

    #[test]
    fn names() {
        let server = Server {
            public_url: PublicUrl::parse("https://id.example.org").unwrap(),
            extra_hosts: vec!["radius.internal".to_owned()],
            ..Server::default()
        };
        for area in [Area::Pages, Area::Api, Area::Operations] {
            assert!(allowed(&server, area, "id.example.org"));
            assert!(allowed(&server, area, "id.example.org:443"));
        }
        assert!(!allowed(&server, Area::Pages, "127.0.0.1:8443"));
        assert!(!allowed(&server, Area::Pages, "id.example.org:444"));
        assert!(allowed(&server, Area::Api, "[::1]:8443"));
        assert!(allowed(&server, Area::Api, "radius.internal:8443"));
        assert!(!allowed(&server, Area::Api, "evil.example"));
        assert!(allowed(&server, Area::Operations, "pod-7"));
    }
}
