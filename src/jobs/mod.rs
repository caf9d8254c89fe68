//! Work in the background: one file per job.
//!
//! A job is a function that does what is due and returns; it is called again after its interval, on every node. Jobs that only
//! one node may do take a lease themselves. A failing job is logged and tried again at its next turn; it never ends the program.
//!
//! To add a job: one file with a `JOB`, and one line in [`all`].

mod cleanup;
mod deliver;
mod enrolments;
mod follow;
mod measured;
mod node;
mod refresh_saml;
mod rotate_keys;
mod seal_audit;

use std::pin::Pin;
use std::time::Duration;

use kernel::Classified;
use kernel::clock::Stopwatch;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;

/// Any error of a library.
pub struct Error(Box<dyn Classified + Send + Sync>);

impl<E: Classified + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code(), self.0)
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A job.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name, in logs and metrics.
    pub name: &'static str,
    /// Pause between two turns.
    pub every: Duration,
    run: fn(App) -> Work,
}

impl Job {
    const fn new(name: &'static str, every: Duration, run: fn(App) -> Work) -> Self {
        Self { name, every, run }
    }

    /// One turn.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub async fn run(&self, app: &App) -> Result<(), Error> {
        (self.run)(app.clone()).await
    }
}

/// Who takes the lease of a job: this process.
fn holder(app: &App) -> String {
    format!("{}-{}", app.config.server.node, std::process::id())
}

/// All jobs.
pub fn all() -> Vec<Job> {
    vec![
        follow::JOB,
        seal_audit::JOB,
        rotate_keys::JOB,
        cleanup::JOB,
        enrolments::JOB,
        deliver::JOB,
        node::JOB,
        refresh_saml::JOB,
        measured::JOB,
    ]
}

/// Runs every job in its rhythm until `stop` changes; then each ends after its current turn.
pub fn start(app: &App, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut running = JoinSet::new();
    for job in all() {
        running.spawn(repeat(job, app.clone(), stop.clone()));
    }
    running
}

async fn repeat(job: Job, app: App, mut stop: watch::Receiver<bool>) {
    loop {
        turn(job, &app).await;
        tokio::select! {
            () = tokio::time::sleep(job.every) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn turn(job: Job, app: &App) {
    let watch = Stopwatch::start();
    // A panic inside is a bug of that job alone.
    let outcome = tokio::spawn((job.run)(app.clone())).await;
    let ok = match outcome {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(job = job.name, ?error, "job failed");
            false
        }
        Err(error) => {
            tracing::error!(job = job.name, %error, "job panicked");
            false
        }
    };
    let labels = [("job", job.name.to_owned()), ("ok", ok.to_string())];
    metrics::histogram!("symbolon_job_seconds", &labels).record(watch.elapsed().as_secs_f64());
}

/// One turn of every job, in order. For tests, which hold the clock still.
///
/// # Errors
/// The first failure, with the job's name.
pub async fn run_once(app: &App) -> Result<(), (&'static str, Error)> {
    for job in all() {
        job.run(app).await.map_err(|e| (job.name, e))?;
    }
    Ok(())
}
