//! A wire that is as slow as it is told: between the program and a server, to see what a slow peer does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A forwarding port. Ends when dropped; connections that are open then end with their peers.
pub struct Slow {
    port: u16,
    delay: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl Slow {
    /// Forwards to a loopback port, at full speed at first.
    ///
    /// # Panics
    /// When the machine has no free port.
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let delay = Arc::new(AtomicU64::new(0));
        let slowness = Arc::clone(&delay);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let slowness = Arc::clone(&slowness);
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else { return };
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    tokio::join!(pass(near_in, far_out, &slowness), pass(far_in, near_out, &slowness));
                });
            }
        });
        Self { port, delay, accepting }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every piece takes so much longer from now on, in each direction.
    pub fn delay(&self, by: Duration) {
        self.delay.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: &AtomicU64) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let by = delay.load(Ordering::Relaxed);
        if by > 0 {
            tokio::time::sleep(Duration::from_millis(by)).await;
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
    // The other side may have gone already.
    let _ = to.shutdown().await;
}
