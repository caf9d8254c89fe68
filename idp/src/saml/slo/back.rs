//! The back channel: parties that offer SOAP are asked from server to server.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use kernel::Timestamp;
use kernel::clock::Stopwatch;
use kernel::outbound::Call;

use super::read::LogoutResponse;
use super::state::Told;
use super::{Way, endpoint};
use crate::party::sp::Sp;
use crate::saml::decode::Incoming;
use crate::saml::trust::{Demand, Unsigned};
use crate::saml::{Provider, soap};

/// So long the person waits for all of them at most, save those that were asked just before.
const BUDGET: Duration = Duration::from_secs(5);
/// One of them has so long to answer.
pub(in crate::saml) const PATIENCE: Duration = Duration::from_secs(4);
const AT_ONCE: usize = 16;

const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
/// Says what is meant (SAML bindings 3.2.3.1).
const ACTION: &str = "http://www.oasis-open.org/committees/security";

impl Provider {
    /// Asks them all; says of each whether it has confirmed, or why not.
    pub(super) async fn ask_all(&self, calls: Vec<(Arc<Sp>, Told)>, now: Timestamp) -> Vec<(Told, Result<(), String>)> {
        let watch = Stopwatch::start();
        let one = |(sp, told): (Arc<Sp>, Told)| {
            let (provider, watch) = (self.clone(), &watch);
            async move {
                let outcome = match watch.elapsed() < BUDGET {
                    true => provider.ask(&sp, &told, now, watch).await,
                    false => Err("there was no time left".to_owned()),
                };
                (told, outcome)
            }
        };
        futures::stream::iter(calls).map(one).buffer_unordered(AT_ONCE).collect().await
    }

    async fn ask(&self, sp: &Sp, told: &Told, now: Timestamp, watch: &Stopwatch) -> Result<(), String> {
        let (_, endpoint) = endpoint(sp, &[Way::Soap]).ok_or("it offers no SOAP")?;
        let draft = self.logout_request(sp, told, &endpoint.location, now + watch.elapsed());
        let envelope = self.in_envelope(sp, &draft).map_err(|e| e.to_string())?;
        let call = Call::post(&endpoint.location).header("soapaction", ACTION).body(CONTENT_TYPE, envelope);
        let answer = self.0.back_channel.send(call).await.map_err(|e| e.to_string())?;
        if answer.status != 200 {
            return Err(format!("status {}", answer.status));
        }
        let text = String::from_utf8(answer.body).map_err(|_| "the answer is no text")?;
        let incoming = Incoming::alone(soap::read(&text).map_err(|e| e.to_string())?);
        // TLS says who answers as well as a signature would; a signature that is there is verified all the same.
        let by_tls = endpoint.location.starts_with("https://");
        let demand = Demand { here: None, named: false, unsigned: if by_tls { Unsigned::Always } else { Unsigned::WithoutKeys } };
        let answered =
            self.believe(&incoming, &demand, LogoutResponse::read, now + watch.elapsed()).await.map_err(|e| e.to_string())?;
        if answered.sp.id() != sp.id() || answered.message.in_response_to.as_ref() != Some(&told.request) {
            return Err("the answer is to another request".to_owned());
        }
        if answered.message.confirms() { Ok(()) } else { Err(answered.message.said()) }
    }
}
