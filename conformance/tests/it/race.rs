//! One code, one login: however many present a valid code at once, exactly one is accepted.

use std::sync::Arc;

use conformance::api::accepted;
use conformance::server::Options;
use conformance::{Server, full_scale, oath};
use tokio::task::JoinSet;

fn scale() -> (usize, usize) {
    if full_scale() { (20, 1000) } else { (3, 200) }
}

/// `rounds` times: a new person, one valid code, `parallel` submissions spread over the servers.
async fn exactly_one(name: &str, servers: &[Arc<Server>]) {
    let (rounds, parallel) = scale();
    let admin = servers[0].admin().await;
    for round in 0..rounds {
        let user = format!("{name}{round}");
        servers[0].api_add_person(&admin, &user, "a-Password-of-a-racer-1").await;
        let token = servers[0].enrol(&admin, "totp", &user, "4711").await;
        let pass = format!("4711{}", oath::totp(&token.secret));
        let mut tasks = JoinSet::new();
        for n in 0..parallel {
            let (server, user, pass) = (servers[n % servers.len()].clone(), user.clone(), pass.clone());
            tasks.spawn(async move { accepted(&server.check(&user, &pass).await) });
        }
        let winners = tasks.join_all().await.into_iter().filter(|yes| *yes).count();
        assert_eq!(winners, 1, "round {round}: {winners} of {parallel} submissions of one code were accepted");
    }
}

async fn server_on(database: Option<String>) -> Server {
    Server::start_with(Options { database, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_database() {
    exactly_one("single", &[Arc::new(server_on(None).await)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_with_two_processes() {
    let database = db::testing::empty(db::Dialect::Postgres).await;
    let first = Arc::new(server_on(Some(database.url().to_owned())).await);
    exactly_one("single", std::slice::from_ref(&first)).await;
    let second = Arc::new(Server::second_node(&first).await);
    exactly_one("double", &[first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mariadb() {
    let database = db::testing::empty(db::Dialect::MySql).await;
    exactly_one("single", &[Arc::new(server_on(Some(database.url().to_owned())).await)]).await;
}
