//! A wire that is as slow as it is told: between the program and a server, to see what a slow peer does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::clock::Stopwatch;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces under way in one direction at most.
const PIECES: usize = 256;

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

    /// Every piece arrives so much later from now on, in each direction.
    pub fn delay(&self, by: Duration) {
        self.delay.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries bytes. Each piece arrives later by the delay, and the next ones do not wait for it: as on a long way.
async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: &AtomicU64) {
    let watch = Stopwatch::start();
    let (sender, mut receiver) = mpsc::channel::<(Duration, Vec<u8>)>(PIECES);
    let reading = async {
        let sender = sender;
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            let due = watch.elapsed() + Duration::from_millis(delay.load(Ordering::Relaxed));
            if sender.send((due, buffer[..n].to_vec())).await.is_err() {
                break;
            }
        }
    };
    let writing = async {
        while let Some((due, piece)) = receiver.recv().await {
            tokio::time::sleep(due.saturating_sub(watch.elapsed())).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        // The other side may have gone already.
        let _ = to.shutdown().await;
        receiver.close();
    };
    tokio::join!(reading, writing);
}
