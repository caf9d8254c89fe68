//! The application's pages: three of them, plain HTML.

use serde_json::Value;

use crate::state::SignedIn;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--paper:#f6f7f9;--card:#fff;--line:#dfe4ea;--accent:#0b6b58}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#9aa7b6;--paper:#12161c;--card:#1a2028;--line:#2c3540;--accent:#4fc3a7}}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;background:var(--paper);color:var(--ink)}
main{max-width:44rem;margin:0 auto;padding:3rem 1.25rem}h1{font-size:1.75rem;margin:0 0 .5rem}p{color:var(--soft);margin:.25rem 0 1.5rem}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem 1.5rem;margin:0 0 1.25rem}
h2{font-size:1rem;margin:0 0 .75rem}table{width:100%;border-collapse:collapse;table-layout:fixed}
td{padding:.45rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}td:first-child{width:34%;color:var(--soft)}
tr:first-child td{border-top:0}nav{display:flex;gap:.75rem;flex-wrap:wrap}
a{display:inline-block;padding:.65rem 1.15rem;border-radius:10px;border:1px solid var(--line);color:inherit;text-decoration:none}
a.main{background:var(--accent);border-color:var(--accent);color:var(--card);font-weight:600}
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        title = escape(title)
    )
}

/// Nobody is signed in.
pub(crate) fn welcome(name: &str, acr: Option<&str>) -> String {
    let demand = match acr {
        Some(acr) => format!("This application asks for assurance level {}.", escape(acr)),
        None => "This application takes whatever sign-in the provider's policy demands.".to_owned(),
    };
    let body = format!(
        "<h1>{}</h1><p>{demand}</p><nav><a class=\"main\" id=\"sign-in\" href=\"/login\">Sign in</a></nav>",
        escape(name)
    );
    page(name, &body)
}

/// Shows what the provider said.
pub(crate) fn signed_in(name: &str, person: &SignedIn) -> String {
    let who = ["name", "preferred_username", "sub"]
        .iter()
        .find_map(|claim| person.userinfo.get(*claim).or_else(|| person.claims.get(*claim)).and_then(Value::as_str))
        .unwrap_or("somebody");
    let body = format!(
        "<h1>{}</h1><p id=\"who\">Signed in as {}.</p>\
         <section><h2>ID token, verified</h2><table id=\"id-token\">{}</table></section>\
         <section><h2>UserInfo</h2><table id=\"userinfo\">{}</table></section>\
         <nav><a class=\"main\" id=\"sign-out\" href=\"/logout\">Sign out everywhere</a>\
         <a id=\"again\" href=\"/login?prompt=login\">Sign in again</a><a id=\"step-up\" href=\"/login?acr=2\">Ask for two factors</a></nav>",
        escape(name),
        escape(who),
        rows(&person.claims),
        rows(&person.userinfo),
    );
    page(name, &body)
}

/// Something did not work.
pub(crate) fn failure(name: &str, text: &str) -> String {
    let body = format!(
        "<h1>{}</h1><p id=\"failure\">{}</p><nav><a class=\"main\" href=\"/\">Back</a></nav>",
        escape(name),
        escape(text)
    );
    page(name, &body)
}

fn rows(claims: &Value) -> String {
    let Some(members) = claims.as_object() else { return String::new() };
    members
        .iter()
        .map(|(claim, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("<tr><td>{}</td><td data-claim=\"{}\">{}</td></tr>", escape(claim), escape(claim), escape(&text))
        })
        .collect()
}
