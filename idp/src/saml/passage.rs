//! What is on its way from a form to a page: the browser that posts a message for another site comes without our cookies, and is sent on
//! to a GET, which has them.
//!
//! The address there holds what was understood of a message, packed and sealed. So it is short, tells nothing to those who keep addresses
//! in their logs, and nothing has to be stored for somebody whom nobody knows yet.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use kernel::Timestamp;
use keys::Place;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Provider;
use super::decode::{DecodeError, inflate};
use super::problem::SsoProblem;
use crate::login::SignIn;

/// No browser needs longer from one address to the next.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Proxies refuse longer addresses.
const MOST: usize = 7000;
const SIGN_IN: Place<'static> = Place::in_transit("saml", "sso");

impl Provider {
    /// A sign-in as it stands in an address: letters, digits, `.`, `-` and `_`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when what the party wants to have back, or whom it names, is too long for that.
    pub fn pass_on(&self, sign_in: &SignIn, now: Timestamp) -> Result<String, SsoProblem> {
        self.pack(&SIGN_IN, sign_in, now)
    }

    /// The sign-in in an address that [`Provider::pass_on`] has made.
    ///
    /// # Errors
    /// [`SsoProblem::Ticket`] for anything else, [`SsoProblem::Time`] when that was some minutes ago.
    pub fn passed_on(&self, sealed: &str, now: Timestamp) -> Result<SignIn, SsoProblem> {
        self.unpack(&SIGN_IN, sealed, now)
    }

    /// What is to go on, sealed.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`].
    pub(super) fn pack(&self, place: &Place<'_>, what: &impl Serialize, now: Timestamp) -> Result<String, SsoProblem> {
        let text = serde_json::to_vec(&(now + LIFETIME, what)).map_err(SsoProblem::fault)?;
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&text).map_err(SsoProblem::fault)?;
        let sealed = self.sealer.seal(place, &packer.finish().map_err(SsoProblem::fault)?);
        if sealed.len() > MOST { Err(DecodeError::TooLong.into()) } else { Ok(sealed) }
    }

    /// What [`Provider::pack`] has sealed for this place.
    ///
    /// # Errors
    /// As [`Provider::passed_on`].
    pub(super) fn unpack<T: DeserializeOwned>(&self, place: &Place<'_>, sealed: &str, now: Timestamp) -> Result<T, SsoProblem> {
        let packed = Some(sealed).filter(|text| text.len() <= MOST).and_then(|text| self.sealer.open(place, text).ok());
        let text = inflate(packed.ok_or(SsoProblem::Ticket)?.expose())?;
        let (until, what): (Timestamp, T) = serde_json::from_str(&text).map_err(|_| SsoProblem::Ticket)?;
        if now < until { Ok(what) } else { Err(SsoProblem::Time) }
    }
}
