//! `/openapi.json`: made from the table that the router is made from.

use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::CONTENT_TYPE;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItemBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, RefOr, Required, ResponseBuilder,
};

use crate::http::{Area, Route, Who};

const SECURITY: &str = "token";

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/openapi.json", Area::Assets, Who::Anyone, get).about("This document.", &[])]
}

async fn get() -> Response {
    match document(&super::routes()).to_json() {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => crate::http::failure::internal(&error.to_string()),
    }
}

/// The document for these routes; those without a summary are left out.
pub fn document(routes: &[Route]) -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in routes.iter().filter(|route| !route.summary.is_empty()) {
        if let Some(method) = method(&route.method) {
            paths = paths.path(route.path, PathItemBuilder::new().operation(method, operation(route)).build());
        }
    }
    let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("PI-Authorization")));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Symbolon").version(env!("CARGO_PKG_VERSION")).build())
        .paths(paths.build())
        .components(Some(ComponentsBuilder::new().security_scheme(SECURITY, key).build()))
        .build()
}

fn operation(route: &Route) -> utoipa::openapi::path::Operation {
    let mut builder = OperationBuilder::new()
        .tag(route.path.split('/').nth(1).unwrap_or_default())
        .summary(Some(route.summary))
        .response("200", ResponseBuilder::new().description("The answer in its envelope.").build());
    for name in route.params {
        let in_path = route.path.contains(&format!("{{{name}}}"));
        let place = if in_path { ParameterIn::Path } else { ParameterIn::Query };
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        builder = builder.parameter(
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(place)
                .required(if in_path { Required::True } else { Required::False })
                .schema(Some(RefOr::T(text.into())))
                .build(),
        );
    }
    if matches!(route.who, Who::Caller | Who::Admin) {
        builder = builder.security(SecurityRequirement::new::<_, _, String>(SECURITY, []));
        builder = builder.response("401", ResponseBuilder::new().description("No token, or one that is not accepted.").build());
    }
    builder.build()
}

fn method(method: &Method) -> Option<HttpMethod> {
    Some(match method.as_str() {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => return None,
    })
}
