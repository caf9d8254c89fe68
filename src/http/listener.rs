//! The listener: TLS with files that are read again when they change, plain http on loopback, graceful shutdown.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

use crate::config::{Config, Tls};

/// All headers of a request over HTTP/2: the ticket of somebody in many groups takes up to 64 KB. HTTP/1 takes more by itself.
const MAX_HEADERS: u32 = 96 * 1024;

/// Why the service does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, std::io::Error),
    /// Certificate or key cannot be used.
    #[error("cannot use tls.certificate {0} with tls.key {1}: {2}")]
    Tls(String, String, std::io::Error),
    /// The server ended with an error.
    #[error("the listener failed: {0}")]
    Serve(std::io::Error),
}

/// A bound socket that is not served yet.
pub struct Listener {
    socket: TcpListener,
    tls: Option<RustlsConfig>,
    grace: Duration,
    /// The address actually bound (a configured port 0 becomes a real one).
    pub address: SocketAddr,
}

impl Listener {
    /// Binds the address and loads the TLS files.
    ///
    /// # Errors
    /// [`ListenError::Bind`] and [`ListenError::Tls`].
    pub async fn bind(config: &Config) -> Result<Self, ListenError> {
        let wanted = config.server.listen;
        let socket = TcpListener::bind(wanted).map_err(|e| ListenError::Bind(wanted, e))?;
        socket.set_nonblocking(true).map_err(|e| ListenError::Bind(wanted, e))?;
        let address = socket.local_addr().map_err(|e| ListenError::Bind(wanted, e))?;
        let tls = match files(&config.tls) {
            Some((certificate, key)) => Some(load(certificate, key).await?),
            None => None,
        };
        Ok(Self { socket, tls, grace: config.server.shutdown_grace, address })
    }

    /// Serves until `shutdown` completes and running requests are done or the grace time is over.
    ///
    /// # Errors
    /// [`ListenError::Serve`].
    pub async fn serve(
        self,
        config: Arc<Config>,
        router: Router,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ListenError> {
        let handle = Handle::new();
        let grace = self.grace;
        tokio::spawn({
            let handle = handle.clone();
            async move {
                shutdown.await;
                handle.graceful_shutdown(Some(grace));
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = match self.tls {
            None => {
                let mut server = axum_server::from_tcp(self.socket).map_err(ListenError::Serve)?;
                server.http_builder().http2().max_header_list_size(MAX_HEADERS);
                server.handle(handle).serve(service).await
            }
            Some(tls) => {
                let reload = tokio::spawn(reload(config, tls.clone()));
                let mut server = axum_server::from_tcp_rustls(self.socket, tls).map_err(ListenError::Serve)?;
                server.http_builder().http2().max_header_list_size(MAX_HEADERS);
                let served = server.handle(handle).serve(service).await;
                reload.abort();
                served
            }
        };
        served.map_err(ListenError::Serve)
    }
}

fn files(tls: &Tls) -> Option<(&Path, &Path)> {
    Some((tls.certificate.as_deref()?, tls.key.as_deref()?))
}

async fn load(certificate: &Path, key: &Path) -> Result<RustlsConfig, ListenError> {
    // Another library may have installed the same provider already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    RustlsConfig::from_pem_file(certificate, key)
        .await
        .map_err(|e| ListenError::Tls(certificate.display().to_string(), key.display().to_string(), e))
}

/// Reads the files again whenever their times change. A pair that does not fit (one file written, the other not yet) is
/// tried again at the next look; the old pair serves meanwhile.
async fn reload(config: Arc<Config>, tls: RustlsConfig) {
    let Some((certificate, key)) = files(&config.tls) else { return };
    let changed = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut loaded = (changed(certificate), changed(key));
    loop {
        tokio::time::sleep(config.tls.reload_every).await;
        let found = (changed(certificate), changed(key));
        if found == loaded {
            continue;
        }
        match tls.reload_from_pem_file(certificate, key).await {
            Ok(()) => {
                loaded = found;
                tracing::info!(certificate = %certificate.display(), "certificate reloaded");
            }
            Err(error) => tracing::warn!(%error, certificate = %certificate.display(), "certificate not reloaded"),
        }
    }
}
