//! `POST /validate/check` with PIN and TOTP, accepted, durable and audited, beside the bare durable transaction.

use std::sync::Arc;

use db::{Db, Dialect};

use crate::Server;
use crate::bench::bare_http::Served;
use crate::bench::codes::{self, PER_TOKEN};
use crate::bench::http::Connection;
use crate::bench::load::{Measured, run};
use crate::bench::report::Report;
use crate::bench::{bare, bare_http, driver_alone, environment, rows};
use crate::postgres::Postgres;
use crate::server::Options;

/// A durable database: where it is, and what keeps it alive.
pub(crate) struct Place {
    url: String,
    _postgres: Option<Postgres>,
    _dir: Option<tempfile::TempDir>,
}

impl Place {
    /// A place of the given dialect.
    pub(crate) async fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Postgres => {
                let postgres = Postgres::start().await;
                Self { url: postgres.create("symbolon"), _postgres: Some(postgres), _dir: None }
            }
            _ => {
                let dir = tempfile::tempdir().expect("a temporary directory");
                let url = format!("sqlite:{}", dir.path().join("symbolon.db").display());
                Self { url, _postgres: None, _dir: Some(dir) }
            }
        }
    }

    /// A server on it.
    pub(crate) async fn server(&self, signed: bool, cheap_hashes: bool) -> Arc<Server> {
        let options = Options { database: Some(self.url.clone()), env: environment(signed, cheap_hashes) };
        Arc::new(Server::start_with(options).await)
    }
}

/// An empty durable database for the bare limits, through the facade that the program uses.
pub(crate) async fn bare_database(dialect: Dialect) -> (Db, String, Option<Postgres>, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (url, postgres) = match dialect {
        Dialect::Postgres => {
            let postgres = Postgres::start().await;
            (postgres.create("bare"), Some(postgres))
        }
        _ => (format!("sqlite:{}", dir.path().join("bare.db").display()), None),
    };
    (Db::open(&url).await.expect("a database"), url, postgres, dir)
}

/// Measures checks at concurrency 1, 16 and 64.
pub async fn measure(report: &mut Report, dialect: Dialect, quick: bool) {
    let scale = if quick { 20 } else { 1 };
    report.section(&format!("Checking a second factor on {}", dialect.name()));
    let limits = limits(report, dialect, scale).await;
    let rsa = bare::rsa(2, 8000 / scale).await;
    report.limit("RSA-2048 PSS signature on two cores", rsa);

    let place = Place::new(dialect).await;
    let server = place.server(false, true).await;
    // People for three runs; each token serves PER_TOKEN checks, the first of which only warms the PIN.
    let per_run = [(1, 300 / scale), (16, 2400 / scale), (64, 2400 / scale)];
    codes::people(&server, per_run.iter().map(|(_, p)| p).sum()).await;
    let (mut first, mut unsigned) = (0, Vec::new());
    for (concurrency, people) in per_run {
        unsigned.push((concurrency, checks(&server, concurrency, first, people).await));
        first += people;
    }
    drop(server);
    let rows = limits_of_rows(report, &place, scale).await;
    for ((concurrency, measured), Limits { alone, limit, over_http }) in unsigned.into_iter().zip(&limits) {
        let mut shares = vec![("driver alone", alone.rate), ("narrow", limit.rate), ("narrow behind HTTP", over_http.rate)];
        if concurrency == AT_ONCE {
            shares.extend([("own rows", rows.0.rate), ("own rows behind HTTP", rows.1.rate)]);
        }
        report.path_of(&format!("`/validate/check`, unsigned, {concurrency} at once"), measured, &shares);
    }

    drop(place);
    let place = Place::new(dialect).await;
    let server = place.server(true, true).await;
    let people = 1200 / scale;
    codes::people(&server, people).await;
    let measured = checks(&server, AT_ONCE, 0, people).await;
    let lower = |limit: &Measured| limit.rate.min(rsa.rate);
    let shares =
        [("lower of driver alone and RSA", lower(&limits[1].alone)), ("lower of narrow and RSA", lower(&limits[1].limit))];
    report.path_of(&format!("`/validate/check`, signed, {AT_ONCE} at once"), measured, &shares);
}

/// The concurrency at which limits are promised.
const AT_ONCE: usize = 16;

/// The transaction on the tables that the checks have used: in the measuring process, and behind the least HTTP server.
async fn limits_of_rows(report: &mut Report, place: &Place, scale: usize) -> (Measured, Measured) {
    let database = Db::open(&place.url).await.expect("a database");
    let here = rows::transaction(&database, AT_ONCE, 20_000 / scale).await;
    report.limit(&format!("the same on a check's own rows, {AT_ONCE} at once"), here);
    // The embedded database has one writing process.
    drop(database);
    let served = bare_http::measure(Served::Rows, &place.url, AT_ONCE, 20_000 / scale).await;
    report.limit(&format!("its own rows behind the least HTTP server, {AT_ONCE} at once"), served);
    (here, served)
}

/// The bare transaction at one concurrency: with the driver alone, through the facade in the measuring process, and through it behind
/// the least HTTP server.
struct Limits {
    alone: Measured,
    limit: Measured,
    over_http: Measured,
}

async fn limits(report: &mut Report, dialect: Dialect, scale: usize) -> Vec<Limits> {
    let (database, url, _postgres, _dir) = bare_database(dialect).await;
    bare::prepare(&database).await;
    let mut limits = Vec::new();
    for (n, (concurrency, total)) in [(1, 3000), (AT_ONCE, 40_000), (64, 40_000)].into_iter().enumerate() {
        let measured = bare::transaction(&database, concurrency, total / scale, n as i64 * 1_000_000).await;
        report.limit(&format!("SELECT + UPDATE + INSERT on narrow tables, durable, {concurrency} at once"), measured);
        limits.push(measured);
    }
    // The embedded database has one writing process.
    drop(database);
    let mut all = Vec::new();
    for (n, (limit, (concurrency, total))) in limits.into_iter().zip([(1, 2000), (AT_ONCE, 20_000), (64, 20_000)]).enumerate() {
        let alone = driver_alone::transaction(&url, concurrency, total / scale, (10 + n as i64) * 1_000_000).await;
        report.limit(&format!("the same with the driver alone, each durable by itself, {concurrency} at once"), alone);
        let over_http = bare_http::measure(Served::Narrow, &url, concurrency, total / scale).await;
        report.limit(&format!("the same behind the least HTTP server, same driver, {concurrency} at once"), over_http);
        all.push(Limits { alone, limit, over_http });
    }
    all
}

/// Every person's codes, oldest step first; the first round warms the PINs and is not counted.
async fn checks(server: &Arc<Server>, concurrency: usize, first: usize, people: usize) -> Measured {
    let start = codes::step() - 4;
    round(server, concurrency, people, 0..1, first, start).await;
    round(server, concurrency, people, 1..PER_TOKEN, first, start).await
}

async fn round(
    server: &Arc<Server>,
    concurrency: usize,
    people: usize,
    steps: std::ops::Range<usize>,
    first: usize,
    start: u64,
) -> Measured {
    let port = server.port();
    // Prepared before, so that the driver's own arithmetic is not measured.
    let forms: Vec<String> = steps
        .flat_map(|k| (first..first + people).map(move |n| (n, start + k as u64)))
        .map(|(n, step)| format!("user={}&pass={}{}", codes::name(n), codes::PIN, codes::totp(&codes::seed(n), step)))
        .collect();
    let forms = Arc::new(forms);
    let total = forms.len();
    run(
        server.pid(),
        concurrency,
        total,
        |_| {
            let forms = forms.clone();
            async move { (Connection::open(port).await.expect("a connection"), forms) }
        },
        |(connection, forms), n| {
            Box::pin(async move {
                let answer = connection.post("/validate/check", "", &forms[n]).await.expect("an answer");
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert!(text.contains("\"value\": true") || text.contains("\"value\":true"), "not accepted: {text}");
            })
        },
    )
    .await
}
