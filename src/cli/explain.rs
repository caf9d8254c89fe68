//! `symbolon explain`: what every policy says to one question, by the code that decides it.

use std::net::IpAddr;

use clap::Args;
use mfa::people::ops::UserParams;
use mfa::policy::{AdminFacts, Facts, Outcome, Scope};
use serde_json::json;

use super::operate::Operator;
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Explain {
    /// The scope of the question, such as sso
    scope: String,
    /// The action of the question, such as `require_second_factor`
    action: String,
    /// Login name of the person it is about
    #[arg(long)]
    user: Option<String>,
    /// Realm of the person
    #[arg(long)]
    realm: Option<String>,
    /// Resolver of the person
    #[arg(long)]
    resolver: Option<String>,
    /// Local administrator who asks, for scope admin
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
    /// Address of the end client
    #[arg(long, value_name = "ADDRESS")]
    client: Option<IpAddr>,
    /// Product of the user agent, such as privacyidea-cp
    #[arg(long, value_name = "PRODUCT")]
    user_agent: Option<String>,
    /// Client id of the application that people sign in to
    #[arg(long, value_name = "CLIENT")]
    party: Option<String>,
}

impl Command for Explain {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        self.of(console, &operator).await
    }
}

impl Explain {
    pub(super) async fn of(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        let scope = Scope::named(&self.scope).ok_or_else(|| {
            let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
            CliError::usage(format!("there is no scope {}", self.scope)).mend(format!("scopes: {}", all.join(", ")))
        })?;
        let mfa = &operator.app().mfa;
        if mfa.policies.registry().get(scope, &self.action).is_none() {
            return Err(CliError::usage(format!("scope {} has no action {}", self.scope, self.action))
                .mend("symbolon policy reference lists all"));
        }
        let facts = self.facts(operator).await?;
        let explained = mfa.policies.load().explain(scope, &self.action, &facts);
        let said = |outcome: &Outcome| match outcome {
            Outcome::Applies(text) if text.is_empty() => "applies".to_owned(),
            Outcome::Applies(text) => format!("applies: {text}"),
            Outcome::Outranked(text) => format!("outranked by a stronger one: {text}"),
            Outcome::DroppedAt(step) => {
                let step = serde_json::to_value(step).unwrap_or_default();
                format!("does not apply: {}", step.as_str().unwrap_or_default().replace('_', " "))
            }
            Outcome::Undecidable(why) => format!("cannot be decided, so the request is refused: {why}"),
        };
        let rows: Vec<Vec<String>> =
            explained.policies.iter().map(|p| vec![p.policy.clone(), p.priority.to_string(), said(&p.outcome)]).collect();
        console.table(json!(explained), &["policy", "priority", "outcome"], &rows);
        Ok(())
    }

    async fn facts(&self, operator: &Operator) -> Result<Facts, CliError> {
        let app = operator.app();
        let mut facts = Facts::at(app.clock.now());
        if self.user.is_some() {
            let named = UserParams { user: self.user.clone(), realm: self.realm.clone(), resolver: self.resolver.clone() };
            facts = facts.person(&app.mfa.resolve_existing(&named).await?);
        } else {
            facts.realm = self.realm.as_ref().map(|realm| realm.to_lowercase());
            facts.resolver.clone_from(&self.resolver);
        }
        facts.admin = self.admin.as_ref().map(|name| AdminFacts { realm: String::new(), name: name.clone() });
        facts.client = self.client;
        facts.user_agent.clone_from(&self.user_agent);
        facts.node = Some(app.config.server.node.clone());
        facts.party.clone_from(&self.party);
        Ok(facts)
    }
}
