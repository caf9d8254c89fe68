//! Calls to key distribution centres: over TCP, with a length before each message (RFC 4120 section 7.2.2).

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

use super::trouble::{Kind, Trouble};

/// One answer at most. Those for people in many groups have some ten thousand bytes.
const MAX_ANSWER: u32 = 256 << 10;
/// Addresses of one name that are tried at most.
const MAX_ADDRESSES: usize = 8;
/// The port of centres.
pub(super) const PORT: u16 = 88;
/// Centres at most.
const MAX_CENTRES: usize = 16;

/// A key distribution centre: its host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Centre {
    host: String,
    port: u16,
}

impl Centre {
    /// Reads `host`, `host:port`, `address` or `[address]:port`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, PORT),
            Some((host, port)) => (host, port.strip_prefix(':')?.parse().ok()?),
            None => match text.split_once(':') {
                // More than one colon: an address without a port.
                Some((_, rest)) if rest.contains(':') => (text, PORT),
                Some((host, port)) => (host, port.parse().ok()?),
                None => (text, PORT),
            },
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
        let fine = !host.is_empty() && host.len() <= 255 && host.bytes().all(plain) && port != 0;
        fine.then(|| Self { host: host.to_owned(), port })
    }

    /// Reads a list with commas or spaces between.
    pub(super) fn list(text: &str) -> Option<Vec<Self>> {
        let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(Self::parse).collect::<Option<Vec<_>>>().filter(|list| list.len() <= MAX_CENTRES)
    }
}

impl std::fmt::Display for Centre {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Asks one centre after the other, until one answers; all have this much time together.
///
/// # Errors
/// Says of the last why it does not.
pub(super) async fn ask(centres: &[Centre], message: &[u8], patience: Duration) -> Result<Vec<u8>, Trouble> {
    let share = patience / u32::try_from(centres.len().max(1)).unwrap_or(1);
    let mut last = "there is none to ask".to_owned();
    for centre in centres {
        match tokio::time::timeout(share, exchange(centre, message)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(e)) => last = format!("{centre}: {e}"),
            Err(_) => last = format!("{centre}: no answer in time"),
        }
    }
    Err(Trouble::new(Kind::Unreachable, format!("no key distribution centre answers: {last}")))
}

async fn exchange(centre: &Centre, message: &[u8]) -> std::io::Result<Vec<u8>> {
    let addresses = lookup_host((centre.host.as_str(), centre.port)).await?.take(MAX_ADDRESSES).collect::<Vec<_>>();
    let mut stream = TcpStream::connect(&addresses[..]).await?;
    let len = u32::try_from(message.len()).map_err(std::io::Error::other)?;
    stream.write_all(&[&len.to_be_bytes()[..], message].concat()).await?;
    let len = stream.read_u32().await?;
    if len == 0 || len > MAX_ANSWER {
        return Err(std::io::Error::other("an answer of no possible size"));
    }
    // Grows with what comes, not with what is announced.
    let mut answer = Vec::new();
    stream.take(len.into()).read_to_end(&mut answer).await?;
    if u32::try_from(answer.len()) != Ok(len) {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres() {
        let read = |text: &str| Centre::list(text).map(|list| list.iter().map(Centre::to_string).collect::<Vec<_>>());
        for (text, expected) in [
            ("", &[][..]),
            ("kdc.example.org", &["kdc.example.org:88"]),
            ("a:8888, b", &["a:8888", "b:88"]),
            ("10.0.0.1 [::1]:750", &["10.0.0.1:88", "[::1]:750"]),
            ("fe::1,[fe::2]", &["[fe::1]:88", "[fe::2]:88"]),
        ] {
            assert_eq!(read(text).as_deref(), Some(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]), "{text}");
        }
        for wrong in ["a:b", "a:0", "a:70000", "http://a", "[a", "[::1]x", ":88", &"a ".repeat(17)] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_centre_that_floods_is_left() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let centre = Centre::parse(&listener.local_addr().unwrap().to_string()).unwrap();
        let answering = tokio::spawn(async move {
            for answer in [&[0x7f, 255, 255, 255, 1][..], &[0, 0, 0, 0], &[0, 0, 0, 9, 1], &[0, 0, 0, 2, 7, 7, 7]] {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(answer).await.unwrap();
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
        let ask = || ask(std::slice::from_ref(&centre), b"question", Duration::from_secs(5));
        for _ in 0..3 {
            assert_eq!(ask().await.unwrap_err().kind, Kind::Unreachable);
        }
        assert_eq!(ask().await.unwrap(), [7, 7]);
        answering.await.unwrap();
    }
}
