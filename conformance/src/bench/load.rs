//! Runs work at a given concurrency and measures it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kernel::clock::Stopwatch;

/// What a run showed.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Finished pieces of work.
    pub count: usize,
    /// Pieces per second.
    pub rate: f64,
    /// Median latency.
    pub p50: Duration,
    /// 99th percentile of latency.
    pub p99: Duration,
    /// Processor time of one piece, in the process that [`run`] was told to watch.
    pub cpu: Duration,
}

/// The processor time that a process has used so far, user and system.
pub fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold blanks; utime and stime are the 12th and 13th field behind it, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    Duration::from_millis(fields.take(2).filter_map(|f| f.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Does `work(worker, n)` for n below `total`, by `concurrency` workers, each with the state that `make` gives it. `watched` is the
/// process whose processor time is measured.
///
/// # Panics
/// When a worker panics.
pub async fn run<S, M, MF, W>(watched: u32, concurrency: usize, total: usize, make: M, work: W) -> Measured
where
    S: Send + 'static,
    M: Fn(usize) -> MF,
    MF: Future<Output = S> + Send + 'static,
    W: for<'a> Fn(&'a mut S, usize) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let work = Arc::new(work);
    let mut states = Vec::new();
    for worker in 0..concurrency {
        states.push(make(worker).await);
    }
    let before = cpu(watched);
    let whole = Stopwatch::start();
    let mut tasks = tokio::task::JoinSet::new();
    for mut state in states {
        let (next, work) = (next.clone(), work.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= total {
                    return latencies;
                }
                let one = Stopwatch::start();
                work(&mut state, n).await;
                latencies.push(one.elapsed());
            }
        });
    }
    let mut latencies: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let elapsed = whole.elapsed();
    let cpu = (cpu(watched) - before) / u32::try_from(latencies.len().max(1)).unwrap_or(u32::MAX);
    latencies.sort_unstable();
    let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or_default();
    Measured { count: latencies.len(), rate: latencies.len() as f64 / elapsed.as_secs_f64(), p50: at(0.5), p99: at(0.99), cpu }
}

/// As [`run`] in the measuring process, with a copy of `state` for each worker.
///
/// # Panics
/// As [`run`].
pub async fn run_here<S, W>(concurrency: usize, total: usize, state: S, work: W) -> Measured
where
    S: Clone + Send + 'static,
    W: for<'a> Fn(&'a mut S, usize) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'static,
{
    run(std::process::id(), concurrency, total, |_| std::future::ready(state.clone()), work).await
}
