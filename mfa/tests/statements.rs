//! Every statement of this crate compiles on every database.

#[tokio::test]
async fn every_statement_compiles() {
    db::testing::prepare_all(&mfa::statements()).await;
}
