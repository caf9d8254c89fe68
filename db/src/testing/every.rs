//! Tests that run on every database by being named.

/// Declares tests that run on every database: each name is an `async fn(Dialect)` beside the declaration. A function that is
/// forgotten here is dead code.
///
/// ```text
/// db::on_every_database![rows_are_found];
///
/// async fn rows_are_found(on: Dialect) {
///     let db = db::testing::one(on).await;
/// }
/// ```
#[macro_export]
macro_rules! on_every_database {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test]
            async fn sqlite() {
                super::$test($crate::Dialect::Sqlite).await;
            }
            #[tokio::test]
            async fn postgres() {
                super::$test($crate::Dialect::Postgres).await;
            }
            #[tokio::test]
            async fn mysql() {
                super::$test($crate::Dialect::MySql).await;
            }
        })+
    };
}
