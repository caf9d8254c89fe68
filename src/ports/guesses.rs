//! Guesses at secrets of clients.

use async_trait::async_trait;
use audit::Origin;
use db::Batch;
use idp::ports::{ClientGuess, ClientGuesses, Permit, PortError};
use mfa::budget::{CheckError, Guess, Secret, Subject};

use super::{Engine, port_error};

/// The guess budgets, for clients.
#[derive(Clone)]
pub struct Guesses(pub Engine);

#[async_trait]
impl ClientGuesses for Guesses {
    async fn count(&self, origin: &Origin, guess: ClientGuess<'_>, batch: &mut Batch) -> Result<Permit, PortError> {
        // The budget is that of the client *and* the address, so that nobody can lock a client out from elsewhere.
        let address = origin.client.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
        let name = format!("{} from {address}", guess.client_id);
        let subject = if guess.known { Subject::Named(&name) } else { Subject::Unknown(guess.client_id) };
        let asked = Guess { secret: Secret::Client, subject, origin, device: None };
        match self.0.mfa.budgets.check(&asked, origin.at).await {
            Ok(permit) => {
                if guess.right {
                    permit.right()
                } else {
                    permit.wrong(batch)
                }
                Ok(Permit::Granted)
            }
            Err(CheckError::Limited(limited)) => Ok(Permit::Limited { retry_after: Some(limited.retry_after) }),
            Err(CheckError::Db(e)) => Err(port_error(&e)),
        }
    }
}
