//! The sign-in of the service account with a Kerberos ticket: a bind with the mechanism GSSAPI (RFC 4752) in three steps, inside TLS, before
//! the connection is handed to the LDAP library. No layer of SASL is agreed on: TLS protects the connection, and a directory that looks
//! at it finds the ticket bound to this very TLS channel.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::frames::{self, Element, Elements};
use crate::kerberos::client::{Begun, Client, Kind, Trouble, refusal};
use crate::kerberos::element;

const MECHANISM: &[u8] = b"GSSAPI";
/// The bit of a connection without a layer of SASL.
const NO_LAYER: u8 = 1;
/// Results of a bind: done, to be continued, and that the mechanism is not known.
const SUCCESS: i32 = 0;
const NO_SUCH_MECHANISM: i32 = 7;
const IN_PROGRESS: i32 = 14;

/// Signs in on a connection to this host.
///
/// # Errors
/// Says at which step it failed, and what kind of trouble it is.
pub(super) async fn sign_in<S>(stream: &mut S, host: &str, binding: Option<&[u8]>, client: &Client) -> Result<(), Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ticket = client.ticket("ldap", host).await?;
    let (begun, token) = Begun::new(&ticket, binding, (client.now(), client.chance()))?;
    let done = exchange(stream, begun, &token, client).await;
    if done.is_err() {
        client.forget(&ticket).await;
    }
    done
}

async fn exchange<S>(stream: &mut S, begun: Begun, token: &[u8], client: &Client) -> Result<(), Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let answer = step(stream, 1, token).await?;
    let mut context = match answer.code {
        IN_PROGRESS => begun.established(&answer.token)?,
        SUCCESS => return Err(Trouble::new(Kind::Odd, "the directory does not show that it knows its key")),
        _ => return Err(answer.trouble(client)),
    };
    let offer = step(stream, 2, b"").await?;
    if offer.code != IN_PROGRESS {
        return Err(offer.trouble(client));
    }
    let layers = context.unwrap(&offer.token)?;
    match layers[..] {
        [layers, _, _, _] if layers & NO_LAYER != 0 => {}
        [..] if layers.len() == 4 => return Err(Trouble::new(Kind::Layer, "the directory demands a layer of SASL inside TLS")),
        _ => return Err(Trouble::new(Kind::Odd, "the directory's offer of layers is of no possible length")),
    }
    // Nothing behind it: we act as whom the ticket names.
    let choice = context.wrap(&[NO_LAYER, 0, 0, 0])?;
    let done = step(stream, 3, &choice).await?;
    if done.code == SUCCESS { Ok(()) } else { Err(done.trouble(client)) }
}

/// What the directory says to one step.
struct Said {
    code: i32,
    words: String,
    token: Vec<u8>,
}

impl Said {
    fn trouble(&self, client: &Client) -> Trouble {
        if self.code == NO_SUCH_MECHANISM {
            return Trouble::new(Kind::NoMechanism, "the directory does not offer GSSAPI");
        }
        let words = format!("the directory does not take the ticket (result {}: {})", self.code, self.words);
        match refusal(&self.token, client.now()) {
            Some(told) => Trouble::new(told.kind, format!("{words}: {}", told.what)),
            None => Trouble::new(Kind::Service, words),
        }
    }
}

/// Sends one step, and reads the answer to it.
async fn step<S>(stream: &mut S, number: u8, token: &[u8]) -> Result<Said, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |e: std::io::Error| Trouble::new(Kind::Odd, format!("the connection breaks at the sign-in: {e}"));
    let credentials = [element(0x04, MECHANISM), element(0x04, token)].concat();
    let bind = [element(0x02, &[3]), element(0x04, b""), element(0xa3, &credentials)].concat();
    let message = element(0x30, &[element(0x02, &[number]), element(frames::BIND, &bind)].concat());
    stream.write_all(&message).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;
    let answer = frames::read(stream).await.map_err(failed)?;
    let answer = answer.ok_or_else(|| failed(std::io::ErrorKind::UnexpectedEof.into()))?;
    read(answer, number).map_err(|e| failed(std::io::Error::other(e)))
}

fn read(mut message: Vec<u8>, number: u8) -> Result<Said, frames::Malformed> {
    frames::check_answer(&mut message)?;
    let (id, operation) = frames::head(&message)?;
    if id != i32::from(number) || Some(operation.tag) != frames::last_answer(frames::BIND) {
        return Err(frames::Malformed("an answer of another kind than what was asked"));
    }
    let bytes = |element: Element| &message[element.start..element.end];
    let mut parts = Elements::inside(&message, operation);
    let code = frames::number(&message, parts.expect(0x0a)?)?;
    parts.expect(0x04)?;
    let text = String::from_utf8_lossy(bytes(parts.expect(0x04)?)).into_owned();
    let words = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let mut token = Vec::new();
    while let Some(part) = parts.next()? {
        if part.tag == 0x87 {
            token = bytes(part).to_vec();
        }
    }
    Ok(Said { code, words, token })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(number: u8, code: u8, token: &[u8]) -> Vec<u8> {
        let inner = [element(0x0a, &[code]), element(4, b""), element(4, b"no\n"), element(0x87, token)].concat();
        element(0x30, &[element(2, &[number]), element(0x61, &inner)].concat())
    }

    #[test]
    fn answers_are_read() {
        let said = read(answer(2, 14, b"token"), 2).unwrap();
        assert_eq!((said.code, said.words.as_str(), &said.token[..]), (14, "no ", &b"token"[..]));
        assert!(read(answer(1, 14, b"token"), 2).is_err());
        assert!(read(b"\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\x00\x04\x00\x04\x00".to_vec(), 2).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(super::super::fuzz::cases(256)))]

        #[test]
        fn changed_answers_never_panic(at in 0_usize..40, with: u8, cut in 0_usize..40) {
            let mut bytes = answer(1, 14, b"a token of some length");
            let len = bytes.len();
            bytes[at % len] = with;
            let _ = read(bytes.clone(), 1);
            bytes.truncate(cut);
            let _ = read(bytes, 1);
        }
    }
}
