//! The envelope of HTTP `Negotiate` (RFC 4178, RFC 4559) and of Kerberos in it (RFC 4121 section 4.1).

use super::Refused;
use super::der::{self, Der, ENUMERATED, OCTETS, OID, SEQUENCE, application, context};

const SPNEGO: &[u8] = &[0x2b, 6, 1, 5, 5, 2];
pub(super) const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2];
/// The same, as old versions of Windows write it.
const KERBEROS_OF_OLD: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2];
const NTLM: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];

/// What comes before messages in tokens (RFC 4121 section 4.1).
pub(super) const REQUEST: [u8; 2] = [1, 0];
pub(super) const REPLY: [u8; 2] = [2, 0];
pub(super) const ERROR: [u8; 2] = [3, 0];

/// A client's first token, opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Under which name it wants Kerberos; none when it sent Kerberos without an envelope.
    mechanism: Option<&'a [u8]>,
    /// The request inside (`AP-REQ`).
    pub(super) request: &'a [u8],
}

impl<'a> Token<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        if bytes.starts_with(b"NTLMSSP\0") {
            return Err(Refused::NoKerberos("NTLM"));
        }
        let mut outer = Der::new(Der::new(bytes).take(application(0))?);
        match outer.take(OID)? {
            SPNEGO => {
                let mut init = Der::new(Der::new(outer.take(context(0))?).take(SEQUENCE)?);
                let first = mechanism(init.field(0, SEQUENCE)?)?;
                init.optional(context(1))?;
                // Only the mechanism that is wanted first comes with its token, and only then one round is enough.
                let inner = init.optional_field(2, OCTETS)?.ok_or(Refused::NoKerberos("no token"))?;
                Ok(Self { mechanism: Some(first), request: kerberos(inner)? })
            }
            KERBEROS => Ok(Self { mechanism: None, request: kerberos(bytes)? }),
            _ => Err(Refused::NoKerberos("another mechanism")),
        }
    }

    /// The answer that it is accepted, with what the service has to say (`AP-REP`).
    pub(super) fn answer(self, reply: Option<&[u8]>) -> Vec<u8> {
        let reply = reply.map(|reply| {
            let inner = [&der::element(OID, KERBEROS)[..], &REPLY, reply].concat();
            der::element(application(0), &inner)
        });
        let Some(mechanism) = self.mechanism else { return reply.unwrap_or_default() };
        let mut inner = der::field(0, ENUMERATED, &[0]);
        inner.extend(der::field(1, OID, mechanism));
        inner.extend(reply.map(|reply| der::field(2, OCTETS, &reply)).unwrap_or_default());
        der::element(context(1), &der::element(SEQUENCE, &inner))
    }
}

/// The mechanism that is wanted first, if it is Kerberos.
fn mechanism(list: &[u8]) -> Result<&[u8], Refused> {
    match Der::new(list).take(OID)? {
        first if first == KERBEROS || first == KERBEROS_OF_OLD => Ok(first),
        NTLM => Err(Refused::NoKerberos("NTLM")),
        _ => Err(Refused::NoKerberos("another mechanism")),
    }
}

fn kerberos(bytes: &[u8]) -> Result<&[u8], Refused> {
    if bytes.starts_with(b"NTLMSSP\0") {
        return Err(Refused::NoKerberos("NTLM"));
    }
    let mut inner = Der::new(Der::new(bytes).take(application(0))?);
    if inner.take(OID)? != KERBEROS {
        return Err(Refused::NoKerberos("another mechanism"));
    }
    inner.rest().strip_prefix(&REQUEST).ok_or(Refused::Malformed("no request to a service"))
}

/// A client's token around a request.
#[cfg(test)]
pub(super) fn wrapped(request: &[u8]) -> Vec<u8> {
    let inner = der::element(application(0), &[&der::element(OID, KERBEROS)[..], &REQUEST, request].concat());
    let init = [der::field(0, SEQUENCE, &der::element(OID, KERBEROS)), der::field(2, OCTETS, &inner)].concat();
    let init = der::element(context(0), &der::element(SEQUENCE, &init));
    der::element(application(0), &[der::element(OID, SPNEGO), init].concat())
}
