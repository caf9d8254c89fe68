//! `symbolon serve`

use std::sync::Arc;

use clap::Args;
use kernel::{Clock, Entropy};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::app::App;
use crate::config;
use crate::http::listener::Listener;
use crate::http::{logging, metrics};
use crate::{jobs, start};

use super::{CliError, Command, Console, init};

#[derive(Args)]
pub(super) struct Serve {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Origin under which people and applications reach the service
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Command for Serve {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let config = console.config(vec![("server.listen", self.listen), ("server.public_url", self.public_url)])?;
        logging::start(&config.log).map_err(|what| CliError { exit: 3, what, mend: None })?;
        metrics::start(&config.metrics);
        let listener = Listener::bind(&config).await.map_err(|e| CliError::failed(e.to_string()))?;
        let app = opened(console, config).await?;
        let router = crate::http::router(app.clone(), crate::routes());
        let (stop, stopped) = watch::channel(false);
        let mut jobs = jobs::start(&app, &stopped);
        let side = metrics_listener(&app).await?;
        if app.mail.is_none() {
            tracing::warn!("no mail server is configured: nobody is told what happens to their account");
        }
        let url = app.config.server.public_url.origin().to_owned();
        console.answer(
            serde_json::json!({ "listening": url, "address": listener.address.to_string() }),
            format!("listening on {url}"),
        );
        let mut terminate = signal(SignalKind::terminate()).map_err(|e| CliError::failed(e.to_string()))?;
        let shutdown = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            tracing::info!("shutting down");
        };
        let served = listener.serve(Arc::new(app.config.clone()), router, shutdown).await;
        // Sign-outs of which the others are still being told.
        if tokio::time::timeout(app.config.server.shutdown_grace, kernel::task::all_at_their_end()).await.is_err() {
            tracing::warn!("work for clients that have left was not at its end");
        }
        let _ = stop.send(true);
        while jobs.join_next().await.is_some() {}
        side.abort();
        app.db.close().await;
        served.map_err(|e| CliError::failed(e.to_string()))
    }
}

/// Opens the data directory; an empty one is initialised first.
async fn opened(console: &Console, config: config::Config) -> Result<App, CliError> {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let app = match start::is_initialised(&config, &entropy) {
        true => start::open(config, clock, entropy).await?,
        false => start::create(config, clock, entropy).await?,
    };
    if app.mfa.is_new().await? {
        init::announce(console, &app).await?;
    }
    Ok(app)
}

/// Serves `/metrics` on a listener of its own, where one is configured.
async fn metrics_listener(app: &App) -> Result<tokio::task::JoinHandle<()>, CliError> {
    let Some(address) = app.config.metrics.listen else {
        return Ok(tokio::spawn(async {}));
    };
    let socket = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|e| CliError::failed(format!("cannot listen on metrics.listen {address}: {e}")))?;
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(socket, metrics::open_router()).await {
            tracing::error!(%error, "metrics listener failed");
        }
    }))
}
