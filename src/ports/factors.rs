//! Second factors: what a person has, checking a code, enrolling, recovery codes. Everything goes through operations.

use async_trait::async_trait;
use audit::Origin;
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
use mfa::token_ops::own;
use mfa::tokens::{Token, recovery};

use super::{Engine, port_error, step};

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
    async fn own_call(&self, origin: &Origin, id: PersonId, action: &str, ground: EnrolGround) -> Result<Call, PortError> {
        let person = self.engine_person(id).await?;
        let tokens = self.tokens(id).await?;
        let call = Call::new(origin.clone(), Caller::Person(person), action, Params::default());
        Ok(match (ground, factors(&tokens).find(|token| token.active)) {
            (EnrolGround::ExistingFactor, Some(token)) => {
                call.with_proof(FreshProof::remembered(id, token.serial.clone(), origin.at))
            }
            _ => call,
        })
    }
}

/// What the engine has refused, apart from what it could not do.
fn expected<T>(result: Result<T, Failure>) -> Result<Result<T, Failure>, PortError> {
    match result {
        Err(failure) if matches!(failure.class(), Class::Internal | Class::Unavailable) => Err(port_error(&failure)),
        other => Ok(other),
    }
}

fn material(origin: &Origin, person: &mfa::people::Person, kind: &str, serial: &str) -> Material {
    Material {
        factor: kind.to_owned(),
        method: if kind == recovery::NAME { Method::Recovery } else { Method::Otp },
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
        usable.sort_by_key(|token| (token.kind.spec().name == recovery::NAME, std::cmp::Reverse(token.last_auth)));
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
        let call = Call::new(origin.clone(), Caller::Anonymous, step(origin, "factor"), Params::default());
        let done = perform(&self.mfa, &operation, call).await.map_err(|e| port_error(&e))?;
        Ok(match done.output.verdict {
            Verdict::Accepted(proof) => {
                let mut proved = vec![material(origin, &person, proof.factor, &proof.serial)];
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
        let call = self.own_call(origin, person, &step(origin, "enrol"), ground).await?;
        Ok(match expected(own::begin(&self.mfa, call, kind).await)? {
            Ok(own::Begun { serial, kind, uri, key, qr, digits }) => {
                EnrolBegun::Ready(Box::new(Enrolment { serial, kind: kind.to_owned(), uri, key, qr, digits }))
            }
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
        let Some(token) = own::unconfirmed(&tokens, serial) else { return Ok(Checked::Gone) };
        let call = self.own_call(origin, person, &step(origin, "confirm"), ground).await?;
        let owner = self.engine_person(person).await?;
        Ok(match expected(own::confirm(&self.mfa, call, token, code).await)? {
            Ok(()) => Checked::Proved(vec![material(origin, &owner, token.kind.spec().name, serial)]),
            Err(failure) if failure.code == Code::Parameter => Checked::Refused,
            Err(_) => Checked::Gone,
        })
    }

    async fn abandon(&self, origin: &Origin, person: PersonId, serial: &str) -> Result<(), PortError> {
        let tokens = self.tokens(person).await?;
        let caller = Caller::Operator("sign-in".to_owned());
        let call = Call::new(origin.clone(), caller, step(origin, "abandon"), Params::default());
        own::abandon(&self.mfa, call, &tokens, serial).await.map_err(|e| port_error(&e))
    }

    async fn recovery_codes(&self, origin: &Origin, person: PersonId) -> Result<Vec<SecretText>, PortError> {
        let tokens = self.tokens(person).await?;
        let call = self.own_call(origin, person, &step(origin, "recovery codes"), EnrolGround::ExistingFactor).await?;
        let made = own::renew_recovery_codes(&self.mfa, call, &tokens).await.map_err(|e| port_error(&e))?;
        Ok(made.codes)
    }
}
