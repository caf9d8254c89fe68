//! The words in the open that precede TLS (RFC 3207): greeting, EHLO, STARTTLS. Everything after them goes through the client of
//! the library, on the protected connection.
//!
//! What a server (or whoever sits between) says beyond the answer to STARTTLS would be read as if it had come protected. Such a
//! connection is given up.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::error::Cause;

/// Bytes of one answer at most.
const LONGEST: usize = 8 * 1024;

/// Asks for TLS; afterwards the connection is ready for its handshake.
///
/// # Errors
/// When the server does not offer it, or does not keep to the protocol.
pub(super) async fn starttls(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), hello: &str) -> Result<(), Cause> {
    reply(stream).await?.positive(220)?;
    say(stream, &format!("EHLO {hello}\r\n")).await?;
    let offers = reply(stream).await?.positive(250)?;
    if !offers.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(Cause::Broken("the server does not offer STARTTLS".to_owned()));
    }
    say(stream, "STARTTLS\r\n").await?;
    reply(stream).await?.positive(220)?;
    Ok(())
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Result<(), Cause> {
    stream.write_all(line.as_bytes()).await?;
    Ok(stream.flush().await?)
}

struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn positive(self, wanted: u16) -> Result<Vec<String>, Cause> {
        if self.code == wanted {
            return Ok(self.lines);
        }
        let words = format!("{} {}", self.code, self.lines.join(" "));
        Err(Cause::Refused { words, code: self.code, permanent: self.code >= 500 })
    }
}

/// Reads one answer, which must be all that there is to read.
async fn reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<Reply, Cause> {
    let mut heard = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let got = stream.read(&mut chunk).await?;
        if got == 0 {
            return Err(Cause::Broken("the server closed the connection".to_owned()));
        }
        heard.extend_from_slice(&chunk[..got]);
        if let Some(reply) = read(&heard)? {
            return Ok(reply);
        }
        if heard.len() > LONGEST {
            return Err(Cause::Broken("the server does not stop talking".to_owned()));
        }
    }
}

/// The answer (RFC 5321, section 4.2), if it is complete.
fn read(heard: &[u8]) -> Result<Option<Reply>, Cause> {
    let odd = |what: &str| Err(Cause::Broken(what.to_owned()));
    let mut lines = Vec::new();
    let mut rest = heard;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        let (code, text) = line.split_at_checked(3).unwrap_or((&line, ""));
        let Some(code) = code.parse::<u16>().ok().filter(|code| (200..600).contains(code)) else {
            return odd("what answers there is no mail server");
        };
        lines.push(text.get(1..).unwrap_or_default().to_owned());
        if !text.starts_with('-') {
            return if after.is_empty() {
                Ok(Some(Reply { code, lines }))
            } else {
                odd("the server said more than it was asked")
            };
        }
        rest = after;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> String {
        match read(text.as_bytes()) {
            Ok(Some(reply)) => format!("{} {:?}", reply.code, reply.lines),
            Ok(None) => "more".to_owned(),
            Err(Cause::Broken(what)) => what,
            Err(Cause::Refused { .. }) => "refused".to_owned(),
        }
    }

    #[test]
    fn answers() {
        assert_eq!(heard("220 mail.example.org ESMTP\r\n"), "220 [\"mail.example.org ESMTP\"]");
        assert_eq!(heard("250-a\r\n250-STARTTLS\r\n250 SIZE 1\r\n"), "250 [\"a\", \"STARTTLS\", \"SIZE 1\"]");
        assert_eq!(heard("250-a\r\n250"), "more");
        assert_eq!(heard("220\r\n"), "220 [\"\"]");
        assert_eq!(heard("SSH-2.0-OpenSSH_9\r\n"), "what answers there is no mail server");
        assert_eq!(heard("\u{fc}\u{fc}\r\n"), "what answers there is no mail server");
        assert_eq!(heard("220 go\r\n250 forged\r\n"), "the server said more than it was asked");
    }

    async fn against(script: &'static [(&'static str, &'static str)]) -> Result<(), Cause> {
        let (mut ours, mut theirs) = tokio::io::duplex(1024);
        let server = tokio::spawn(async move {
            for (expected, answer) in script {
                let mut got = vec![0; expected.len()];
                theirs.read_exact(&mut got).await.unwrap();
                assert_eq!(String::from_utf8_lossy(&got), *expected);
                theirs.write_all(answer.as_bytes()).await.unwrap();
            }
            theirs
        });
        let outcome = starttls(&mut ours, "login.example.org").await;
        drop(ours);
        server.await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn tls_is_asked_for_and_nothing_slips_in() {
        const HELLO: &str = "EHLO login.example.org\r\n";
        let good = against(&[("", "220 x\r\n"), (HELLO, "250-x\r\n250 StartTLS\r\n"), ("STARTTLS\r\n", "220 go\r\n")]).await;
        assert!(good.is_ok());
        let plain = against(&[("", "220 x\r\n"), (HELLO, "250 x\r\n")]).await;
        assert!(matches!(plain, Err(Cause::Broken(what)) if what.contains("does not offer STARTTLS")));
        let injected =
            against(&[("", "220 x\r\n"), (HELLO, "250 STARTTLS\r\n"), ("STARTTLS\r\n", "220 go\r\n250-x\r\n250 AUTH\r\n")]).await;
        assert!(matches!(injected, Err(Cause::Broken(what)) if what.contains("more than it was asked")));
        let busy = against(&[("", "421 too busy\r\n")]).await;
        assert!(matches!(busy, Err(Cause::Refused { code: 421, .. })));
    }
}
