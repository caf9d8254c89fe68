//! `symbolon client set --claim ...` and `symbolon client claims`: what an application learns about people.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::clients::ExplainClaims;

use super::operate::{Operator, params};
use super::{CliError, Console};

/// Largest file of rules.
const MOST_BYTES: u64 = 1 << 20;

/// Changes of the rules of a client.
#[derive(Args)]
pub(super) struct Rules {
    /// Add the rule of a claim, or replace it: JSON such as {"claim":"groups","match":"app-*","multiple":true}, or CLAIM=ATTRIBUTE
    #[arg(long = "claim", value_name = "RULE")]
    claims: Vec<String>,
    /// Remove the rule of a claim
    #[arg(long = "no-claim", value_name = "CLAIM")]
    without: Vec<String>,
    /// Replace all rules by the JSON list in a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["claims", "without"])]
    claims_file: Option<PathBuf>,
}

impl Rules {
    /// Whether nothing is to be changed.
    pub(super) fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.without.is_empty() && self.claims_file.is_none()
    }

    /// The rules as they are to be. They are checked by the operation that stores them.
    pub(super) fn changed(&self, present: Value) -> Result<Value, CliError> {
        if let Some(path) = &self.claims_file {
            let shown = path.display();
            let failed = |e: &dyn std::fmt::Display| CliError::usage(format!("{shown}: {e}"));
            let size = std::fs::metadata(path).map_err(|e| failed(&e))?.len();
            if size > MOST_BYTES {
                return Err(failed(&"the file is longer than 1 MiB"));
            }
            let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
            let rules: Value = serde_json::from_str(&text).map_err(|e| failed(&e))?;
            return if rules.is_array() { Ok(rules) } else { Err(failed(&"a JSON list of rules is expected")) };
        }
        let mut rules = match present {
            Value::Array(rules) => rules,
            _ => Vec::new(),
        };
        for claim in &self.without {
            let before = rules.len();
            rules.retain(|rule| rule["claim"] != json!(claim));
            if rules.len() == before {
                return Err(CliError::failed(format!("there is no rule for the claim {claim}")));
            }
        }
        for given in &self.claims {
            let rule = read(given)?;
            match rules.iter_mut().find(|old| old["claim"] == rule["claim"]) {
                Some(old) => *old = rule,
                None => rules.push(rule),
            }
        }
        Ok(Value::Array(rules))
    }
}

fn read(given: &str) -> Result<Value, CliError> {
    if given.trim_start().starts_with('{') {
        let rule: Value = serde_json::from_str(given).map_err(|e| CliError::usage(format!("--claim {given}: {e}")))?;
        return match rule["claim"].is_string() {
            true => Ok(rule),
            false => Err(CliError::usage(format!("--claim {given}: it has to name its \"claim\""))),
        };
    }
    // The name of a claim may be a URL with `=` in it; the name of an attribute has none.
    let wrong = || CliError::usage(format!("--claim {given}: write CLAIM=ATTRIBUTE or a JSON object"));
    let (claim, attribute) = given.rsplit_once('=').ok_or_else(wrong)?;
    Ok(json!({"claim": claim, "attribute": attribute}))
}

/// Whose claims are shown.
#[derive(Args)]
pub(super) struct Explain {
    /// Client id
    id: String,
    /// Login name of the person
    #[arg(long)]
    user: String,
    /// Realm of the person
    #[arg(long)]
    realm: Option<String>,
    /// Resolver of the person
    #[arg(long)]
    resolver: Option<String>,
    /// Scopes that the client asks for [default: all that it may have]
    #[arg(long)]
    scope: Option<String>,
    /// Claims that the client names one by one, as JSON (OpenID Connect Core 5.5)
    #[arg(long, value_name = "JSON")]
    claims: Option<String>,
}

impl Explain {
    pub(super) async fn run(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        let given = params([
            ("client_id", Some(json!(self.id))),
            ("user", Some(json!(self.user))),
            ("realm", self.realm.map(Value::from)),
            ("resolver", self.resolver.map(Value::from)),
            ("scope", self.scope.map(Value::from)),
            ("claims", self.claims.map(Value::from)),
        ]);
        let explain = ExplainClaims(operator.app().clients.clone());
        let answer = operator.perform(&explain, "client claims", given).await?.output;
        show(console, &answer);
        Ok(())
    }
}

fn show(console: &Console, answer: &Value) {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let row = |claim: &Value| {
        let places: Map<String, Value> = claim["in"].as_object().cloned().unwrap_or_default();
        let released: Vec<&str> = places.iter().filter(|(_, said)| *said == "released").map(|(to, _)| to.as_str()).collect();
        // Where it might go, that says why it does not; elsewhere is nothing to learn.
        let reason = places.values().map(text).find(|said| said != "released" && said != "it does not go there");
        let outcome =
            if released.is_empty() { reason.unwrap_or_else(|| "released nowhere".to_owned()) } else { released.join(", ") };
        let from = claim["attributes"].as_array().into_iter().flatten();
        let from: Vec<String> = from.map(|used| format!("{} of {}", text(&used["name"]), text(&used["from"]))).collect();
        let from = if from.is_empty() { text(&claim["source"]) } else { from.join(", ") };
        let left_out = claim["left_out"].as_array().map_or(0, Vec::len);
        let value = claim.get("value").map(Value::to_string).unwrap_or_default();
        let value = if left_out > 0 { format!("{value} ({left_out} left out)") } else { value };
        vec![text(&claim["claim"]), outcome, text(&claim["rule"]), from, value]
    };
    let rows: Vec<Vec<String>> = answer["claims"].as_array().into_iter().flatten().map(row).collect();
    console.table(answer.clone(), &["claim", "outcome", "rule", "from", "value"], &rows);
    if let Some(claim) = answer["refused_without"].as_str() {
        console.note(format!("this person cannot sign in to the application: the claim {claim} is required and has no value"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_added_replaced_and_removed() {
        let rules = |claims: &[&str], without: &[&str]| Rules {
            claims: claims.iter().map(|c| (*c).to_owned()).collect(),
            without: without.iter().map(|c| (*c).to_owned()).collect(),
            claims_file: None,
        };
        let present = json!([{"claim": "a", "constant": 1}, {"claim": "b"}]);
        let changed = rules(&["a=x", r#"{"claim": "c", "template": "{d}"}"#], &["b"]).changed(present.clone()).unwrap();
        assert_eq!(changed, json!([{"claim": "a", "attribute": "x"}, {"claim": "c", "template": "{d}"}]));
        for (claims, without) in [(&["x"][..], &[][..]), (&["{"], &[]), (&[r#"{"attribute": "x"}"#], &[]), (&[], &["none"])] {
            assert!(rules(claims, without).changed(present.clone()).is_err(), "{claims:?} {without:?}");
        }
        assert_eq!(rules(&["u=1=mail"], &[]).changed(Value::Null).unwrap(), json!([{"claim": "u=1", "attribute": "mail"}]));
    }
}
