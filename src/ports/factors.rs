//! Second factors: what a person has, checking a code, enrolling, recovery codes. Everything goes through operations.

use async_trait::async_trait;
use audit::{Door, Origin};
use idp::assurance::{Channel, FactorClass, Material, Method};
use idp::ports::{
    AnswerMode, Challenge, Checked, EnrolBegun, EnrolGround, Enrolment, Factor, FactorAnswer, Factors, Holdings, Person, Polled,
    PortError, Started,
};
use kernel::ids::PersonId;
use kernel::{Class, Classified, SecretText};
use mfa::engine::ops::AnswerFactor;
use mfa::engine::{Rejection, Verdict};
use mfa::enrol::{FreshProof, factors};
use mfa::operation::{Call, Caller, Code, Failure, Params, perform};
use mfa::token_ops::{DeleteToken, Enrolled, InitToken};
use mfa::tokens::{Rollout, Token};

use super::{Engine, port_error};

/// The kind of recovery codes.
const RECOVERY: &str = "recovery";

impl Engine {
    async fn tokens(&self, person: PersonId) -> Result<Vec<Token>, PortError> {
        self.mfa.tokens_of(person).await.map_err(|e| port_error(&e))
    }

    async fn engine_person(&self, id: PersonId) -> Result<mfa::people::Person, PortError> {
        let person = self.mfa.people.by_id(id).await.map_err(|e| port_error(&e))?;
        person.ok_or_else(|| PortError::Internal("the person has gone".to_owned()))
    }

    /// A call of the person for themselves. The flow vouches for the factor that was shown in it; which one it was, does not
    /// matter as long as they have it.
    async fn own_call(
        &self,
        origin: &Origin,
        id: PersonId,
        action: &str,
        params: Params,
        ground: EnrolGround,
    ) -> Result<Call, PortError> {
        let person = self.engine_person(id).await?;
        let tokens = self.tokens(id).await?;
        let call = Call::new(origin.clone(), Caller::Person(person), action, params);
        Ok(match (ground, factors(&tokens).find(|token| token.active)) {
            (EnrolGround::ExistingFactor, Some(token)) => {
                call.with_proof(FreshProof::remembered(id, token.serial.clone(), origin.at))
            }
            _ => call,
        })
    }

    async fn init(&self, call: Call) -> Result<Result<Enrolled, Failure>, PortError> {
        match perform(&self.mfa, &InitToken, call).await {
            Ok(done) => Ok(Ok(done.output)),
            Err(failure) if matches!(failure.class(), Class::Internal | Class::Unavailable) => Err(port_error(&failure)),
            Err(failure) => Ok(Err(failure)),
        }
    }
}

fn text(shown: &mfa::tokens::Shown, key: &str, member: &str) -> SecretText {
    SecretText::new(shown.get(key).and_then(|v| v.get(member)).and_then(|v| v.as_str()).unwrap_or_default())
}

fn material(origin: &Origin, person: &mfa::people::Person, kind: &str, serial: &str) -> Material {
    Material {
        factor: kind.to_owned(),
        method: if kind == RECOVERY { Method::Recovery } else { Method::Otp },
        class: FactorClass::Possession,
        person: person.id,
        epoch: person.auth_epoch,
        token: Some(serial.to_owned()),
        transaction: None,
        at: origin.at,
        channel: Channel::Browser,
        phishing_resistant: false,
        upstream: None,
    }
}

#[async_trait]
impl Factors for Engine {
    async fn holdings(&self, person: &Person) -> Result<Holdings, PortError> {
        let tokens = self.tokens(person.id).await?;
        let clear = self.mfa.settings.load().failcounter_clear_timeout;
        let clear = (clear > 0).then(|| std::time::Duration::from_secs(u64::from(clear) * 60));
        let now = self.mfa.clock.now();
        let any = factors(&tokens).next().is_some();
        let mut usable: Vec<&Token> = tokens.iter().filter(|token| token.unusable(now, clear).is_empty()).collect();
        // What was used last comes first; a code from paper is the last resort.
        usable.sort_by_key(|token| (token.kind.spec().name == RECOVERY, std::cmp::Reverse(token.last_auth)));
        let usable = usable.iter().enumerate().map(|(n, token)| Factor {
            id: token.serial.clone(),
            kind: token.kind.spec().name.to_owned(),
            label: token.description.clone(),
            mode: AnswerMode::Code,
            class: FactorClass::Possession,
            phishing_resistant: false,
            preferred: n == 0,
        });
        Ok(Holdings { usable: usable.collect(), any })
    }

    /// The kinds of today need nothing to be sent: the code itself is the answer, and the transaction names the token.
    async fn start(&self, _: &Origin, person: PersonId, factor: &str) -> Result<Started, PortError> {
        let known = self.tokens(person).await?.iter().any(|token| token.serial == factor);
        Ok(match known {
            true => {
                let challenge = Challenge { transaction: factor.to_owned(), message: None, mode: AnswerMode::Code };
                Started::Challenge(challenge)
            }
            false => Started::Refused,
        })
    }

    async fn answer(&self, origin: &Origin, answer: FactorAnswer<'_>) -> Result<Checked, PortError> {
        let person = self.engine_person(answer.person).await?;
        let device = answer.device.filter(|device| device.person == person.id).map(|device| device.id.to_string());
        let operation = AnswerFactor {
            person: person.clone(),
            serial: answer.transaction.to_owned(),
            code: answer.code.clone(),
            pin: answer.pin.cloned(),
            device,
        };
        let origin = Origin { door: Door::Pages, ..origin.clone() };
        let call = Call::new(origin.clone(), Caller::Anonymous, "POST /login (factor)", Params::default());
        let done = perform(&self.mfa, &operation, call).await.map_err(|e| port_error(&e))?;
        Ok(match done.output.verdict {
            Verdict::Accepted(proof) => {
                let mut proved = vec![material(&origin, &person, proof.factor, &proof.serial)];
                if answer.pin.is_some() && proof.knowledge {
                    let pin = Material { method: Method::Pin, class: FactorClass::Knowledge, ..proved[0].clone() };
                    proved.push(pin);
                }
                Checked::Proved(proved)
            }
            Verdict::Rejected(Rejection::Unknown) => Checked::Gone,
            Verdict::Challenged(_) | Verdict::Rejected(_) => Checked::Refused,
            Verdict::Limited { retry_after } => Checked::Limited { retry_after: Some(retry_after) },
        })
    }

    async fn poll(&self, _: PersonId, _: &str) -> Result<Polled, PortError> {
        Ok(Polled::Gone)
    }

    async fn enrol(&self, origin: &Origin, person: PersonId, kind: &str, ground: EnrolGround) -> Result<EnrolBegun, PortError> {
        let params = Params::of([("type", kind), ("genkey", "1"), ("confirm", "1")]);
        let call = self.own_call(origin, person, "POST /login (enrol)", params, ground).await?;
        Ok(match self.init(call).await? {
            Ok(enrolled) => EnrolBegun::Ready(Box::new(Enrolment {
                serial: enrolled.token.serial.clone(),
                kind: kind.to_owned(),
                uri: text(&enrolled.shown, "googleurl", "value"),
                key: text(&enrolled.shown, "otpkey", "value_b32"),
                qr: text(&enrolled.shown, "googleurl", "img"),
                digits: enrolled.token.otplen,
            })),
            Err(failure) => {
                tracing::info!(request = %origin.request, person = %person, "no enrolment: {failure}");
                EnrolBegun::Refused
            }
        })
    }

    async fn confirm(
        &self,
        origin: &Origin,
        person: PersonId,
        serial: &str,
        code: &SecretText,
        ground: EnrolGround,
    ) -> Result<Checked, PortError> {
        let tokens = self.tokens(person).await?;
        let Some(token) = tokens.iter().find(|token| token.serial == serial && token.rollout == Rollout::Verify) else {
            return Ok(Checked::Gone);
        };
        let kind = token.kind.spec().name;
        let params = Params::of([("type", kind), ("serial", serial), ("verify", code.expose())]);
        let call = self.own_call(origin, person, "POST /login (confirm)", params, ground).await?;
        let owner = self.engine_person(person).await?;
        Ok(match self.init(call).await? {
            Ok(_) => Checked::Proved(vec![material(origin, &owner, kind, serial)]),
            Err(failure) if failure.code == Code::Parameter => Checked::Refused,
            Err(_) => Checked::Gone,
        })
    }

    async fn abandon(&self, origin: &Origin, person: PersonId, serial: &str) -> Result<(), PortError> {
        let tokens = self.tokens(person).await?;
        if !tokens.iter().any(|token| token.serial == serial && !token.rollout.usable()) {
            return Ok(());
        }
        let caller = Caller::Operator("sign-in".to_owned());
        let call = Call::new(origin.clone(), caller, "POST /login (abandon)", Params::of([("serial", serial)]));
        perform(&self.mfa, &DeleteToken, call).await.map(drop).map_err(|e| port_error(&e))
    }

    async fn recovery_codes(&self, origin: &Origin, person: PersonId) -> Result<Vec<SecretText>, PortError> {
        let tokens = self.tokens(person).await?;
        let old = tokens.iter().find(|token| token.kind.spec().name == RECOVERY && !token.revoked);
        let params = match old {
            Some(old) => Params::of([("type", RECOVERY), ("genkey", "1"), ("serial", &old.serial), ("rollover", "1")]),
            None => Params::of([("type", RECOVERY), ("genkey", "1")]),
        };
        let call = self.own_call(origin, person, "POST /login (recovery codes)", params, EnrolGround::ExistingFactor).await?;
        let enrolled = self.init(call).await?.map_err(|e| port_error(&e))?;
        let codes = enrolled.shown.get("otps").and_then(|codes| codes.as_object()).cloned().unwrap_or_default();
        let mut codes: Vec<(usize, SecretText)> =
            codes.into_iter().filter_map(|(n, code)| Some((n.parse().ok()?, SecretText::new(code.as_str()?)))).collect();
        codes.sort_by_key(|(n, _)| *n);
        Ok(codes.into_iter().map(|(_, code)| code).collect())
    }
}
