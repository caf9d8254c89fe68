//! Looks at what is exchanged with a service provider.

use idp::party::sp::Sps;
use idp::saml::Provider;
use idp::saml::exchange::{Direction, Exchanged, KEPT};
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Value, json};

use super::{Named, constraint, failed};

/// Begins or stops keeping messages of a service provider (`on`). Stopping forgets them.
pub struct WatchSp(pub Sps, pub Provider);

/// What is wanted.
pub struct Input {
    id: String,
    on: bool,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { id: params.required("id")?, on: params.maybe_flag("on").unwrap_or(true) })
    }
}

impl Operation for WatchSp {
    const EVENT: &'static str = "saml_sp_debug";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Option<i64>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SAML_SP_DEBUG.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Option<i64>, Failure> {
        let (present, now) = (self.0.get(&input.id).await.map_err(failed)?, sys.clock.now());
        let until = input.on.then(|| (now + KEPT).seconds());
        let settings = idp::party::sp::Settings { debug_until: until, ..present.settings };
        let at = (input.id.as_str(), present.version);
        self.0.update(&mut call.batch, at, (settings, present.enabled), None, now).await.map_err(failed)?;
        if !input.on {
            self.1.forget_exchanged(&mut call.batch, present.id);
        }
        super::changed(call, &self.0, &input.id, &present.entity_id);
        Ok(until)
    }

    fn answer(&self, output: &Option<i64>) -> Answer {
        Answer::value(json!({ "until": output }))
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        constraint(name)
    }
}

/// Shows the last messages of a service provider, decoded, with what was wrong with them.
pub struct ShowExchanged(pub Sps, pub Provider);

/// What was found.
pub struct Shown {
    until: Option<i64>,
    messages: Vec<Exchanged>,
}

impl Operation for ShowExchanged {
    const EVENT: &'static str = "saml_sp_debug_show";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = Shown;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_DEBUG.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Shown, Failure> {
        let (sp, now) = (self.0.get(&input.id).await.map_err(failed)?, sys.clock.now());
        let messages = self.1.exchanged(sp.id, now).await?;
        call.audit.info = format!("service provider {}, {} messages", input.id, messages.len());
        Ok(Shown { until: sp.settings.debug_until.filter(|until| *until > now.seconds()), messages })
    }

    fn answer(&self, output: &Shown) -> Answer {
        let messages: Vec<Value> = output.messages.iter().map(shown).collect();
        Answer::value(json!({ "until": output.until, "messages": messages }))
    }
}

fn shown(message: &Exchanged) -> Value {
    json!({
        "at": message.at.seconds(),
        "direction": match message.direction {
            Direction::Received => "received",
            Direction::Sent => "sent",
        },
        "request": message.request,
        "problem": message.problem,
        "xml": message.pretty(),
    })
}
