use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Answers every connection with the same bytes; returns its address and counts what it heard.
async fn server(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    tokio::spawn({
        let heard = heard.clone();
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                heard.fetch_add(1, Ordering::SeqCst);
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
            }
        }
    });
    (address, heard)
}

fn config(allow: &[&str]) -> OutboundConfig {
    let timeout = Duration::from_millis(500);
    OutboundConfig { allow: Allow::parse(allow).unwrap(), timeout, max_body: 64, ..OutboundConfig::default() }
}

fn client(allow: &[&str]) -> Outbound {
    Outbound::new(config(allow)).unwrap()
}

const JSON: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{\"a\": 1}";

#[tokio::test]
async fn listed_hosts_are_called_and_others_refused() {
    let (address, heard) = server(JSON).await;
    let url = format!("http://{address}/");
    let value: serde_json::Value = client(&["127.0.0.1"]).get_json(&url).await.unwrap();
    assert_eq!(value["a"], 1);
    let by_name = format!("http://localhost:{}/", address.port());
    assert_eq!(client(&["localhost"]).send(Call::get(&by_name)).await.unwrap().status, 200);
    assert_eq!(heard.load(Ordering::SeqCst), 2);

    let strict = client(&[]);
    assert!(matches!(strict.send(Call::get(&url)).await, Err(OutboundError::Forbidden(_))));
    assert!(matches!(strict.send(Call::get(&by_name)).await, Err(OutboundError::Url(_))));
    let tls = by_name.replace("http:", "https:");
    assert!(matches!(strict.send(Call::get(tls)).await, Err(OutboundError::Forbidden(_))));
    assert_eq!(heard.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn strange_urls_are_refused() {
    let strict = client(&[]);
    for url in [
        "",
        "x",
        "/path",
        "file:///etc/passwd",
        "gopher://1.1.1.1/",
        "http://example.org/",
        "https://user:pw@example.org/",
        "https://[::1]/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
    ] {
        let refused = strict.send(Call::get(url)).await;
        assert!(matches!(refused, Err(OutboundError::Url(_) | OutboundError::Forbidden(_))), "{url}");
    }
}

/// A name whose address is public when it is looked at first and loopback the next time.
#[tokio::test]
async fn a_name_cannot_change_its_address() {
    let (address, heard) = server(JSON).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let lookup = Lookup::Scripted({
        let asked = asked.clone();
        Arc::new(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            // Reserved for documentation, listed below: nobody answers there.
            0 => vec![IpAddr::from([192, 0, 2, 1])],
            _ => vec![IpAddr::from([127, 0, 0, 1])],
        })
    });
    let client = Outbound::with_lookup(config(&["192.0.2.0/24"]), lookup).unwrap();
    let url = format!("https://rebind.example:{}/", address.port());
    let first = client.send(Call::get(&url)).await;
    assert!(matches!(first, Err(OutboundError::Timeout(_) | OutboundError::Connect(..))));
    assert!(matches!(client.send(Call::get(&url)).await, Err(OutboundError::Forbidden(_))));
    assert_eq!((asked.load(Ordering::SeqCst), heard.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (address, _) = server(answer).await;
    let got = client(&["127.0.0.1"]).send(Call::post(format!("http://{address}/")).form([("a", "b c")])).await.unwrap();
    assert_eq!(got.status, 302);
    assert!(matches!(got.json::<serde_json::Value>(), Err(OutboundError::Answer(..))));
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let declared = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123456789\
                    012345678901234567890123456789";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n\
                   40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n0\r\n\r\n";
    for answer in [declared, chunked] {
        let (address, _) = server(answer).await;
        let got = client(&["127.0.0.1"]).send(Call::get(format!("http://{address}/"))).await;
        assert!(matches!(got, Err(OutboundError::TooLarge(_))), "{:?}", got.err());
    }
    let (address, _) = server("").await;
    let got = client(&["127.0.0.1"]).send(Call::get(format!("http://{address}/"))).await;
    assert!(matches!(got, Err(OutboundError::Timeout(_))), "{:?}", got.err());
}

#[tokio::test]
async fn damaged_certificates_are_told_at_once() {
    let extra_ca = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let client = Outbound::new(OutboundConfig { extra_ca, ..config(&[]) });
    // Either at once or at the first call, but never silently.
    if let Ok(client) = client {
        let got = client.send(Call::get("https://example.invalid/")).await;
        assert!(matches!(got, Err(OutboundError::Connect(..))));
    }
}
