//! Every statement of the program, prepared on every database.

#[tokio::test]
async fn every_database_understands_every_statement() {
    let all = [db::statements(), keys::statements(), audit::statements(), mfa::statements(), idp::statements()].concat();
    assert!(all.len() > 150, "{}", all.len());
    db::testing::prepare_all(&all).await;
}
