//! What can be configured, and what is refused before anything is asked.

use super::*;

#[tokio::test]
async fn wrong_parameters_are_told() {
    let (env, _db) = env().await;
    let url = "https://store.example.org";
    for (name, value) in [
        ("attribute_mapping", "["),
        ("base_url", "ftp://x"),
        ("base_url", ""),
        ("base_url", "https://user:pw@store.example.org"),
        ("config_get_user_by_id", ""),
        ("config_get_user_by_id", "{"),
        ("config_get_user_by_id", r#"{"endpoint": "/x", "method": "TRACE"}"#),
        ("config_get_user_by_id", r#"{"endpoint": "https://{userid}.example.org/"}"#),
        ("config_get_user_by_id", r#"{"endpoint": "/x/../../{userid}"}"#),
        ("config_get_user_by_id", r#"{"endpoint": "/x?$filter=id eq {userid}"}"#),
        ("config_get_user_by_name", r#"{"endpoint": "/x", "requestMapping": {"filter": "userName eq {username}"}}"#),
        ("config_get_user_list", r#"{"endpoint": "/x", "headers": {"A": "b\r\nC: d"}}"#),
        ("config_get_user_list", r#"{"endpoint": "/x", "responseMapping": "[]"}"#),
        ("config_create_user", r#"{"method": "POST", "endpoint": "/x", "requestMapping": "name={username}"}"#),
        ("config_user_auth", r#"{"endpoint": "/x"}"#),
        ("config_user_auth", r#"{"endpoint": "/x/{password}", "hasSpecialErrorHandler": true}"#),
        ("config_get_user_groups", r#"{"active": true}"#),
        ("config_get_user_groups", r#"{"active": true, "endpoint": "/x"}"#),
        ("tls_ca_path", "/nonexistent/ca.pem"),
    ] {
        let wrong = build(&KIND, &env, &advanced(url, &[(name, value)])).err();
        assert!(matches!(wrong, Some(ResolverError::Parameters(_))), "{name}={value}: {wrong:?}");
    }
    assert!(build(&KIND, &env, &advanced(url, &[])).is_ok());
    let filtered = ("config_get_user_by_id", r#"{"endpoint": "/x?$filter=id eq '{userid}'"}"#);
    assert!(build(&KIND, &env, &advanced(url, &[filtered])).is_ok());
    for missing in ["endpoint", "requestMapping", "responseMapping", "errorResponse"] {
        let all = BASIC.into_iter().chain([("endpoint", "https://store.example.org/get-user")]);
        let params: Vec<(&str, &str)> = all.filter(|(name, _)| *name != missing).collect();
        assert!(matches!(build(&KIND, &env, &params), Err(ResolverError::Parameters(_))), "{missing}");
    }
}

#[tokio::test]
async fn hosts_that_are_not_allowed_are_not_called() {
    let (mut env, _db) = env().await;
    let store = Store::start(directory).await;
    env.outbound = crate::testing::outbound();
    let said = build(&KIND, &env, &advanced(&store.url, &[])).unwrap().test().await.unwrap_err().to_string();
    assert!(said.contains("outbound.allow"), "{said}");
    assert!(store.asked().is_empty());
}
