//! `symbolon migrate`

use clap::Args;
use db::Db;
use kernel::Clock;
use serde_json::json;

use crate::start;

use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Migrate {
    /// Only say what would be applied
    #[arg(long)]
    check: bool,
}

impl Command for Migrate {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let config = console.config(vec![])?;
        let db = Db::open(&config.database_url()).await.map_err(start::StartError::from)?;
        let names =
            if self.check { db::migrate::pending(&db).await? } else { db::migrate::run(&db, Clock::system().now()).await? };
        db.close().await;
        let text = match (names.is_empty(), self.check) {
            (true, _) => "the database is up to date".to_owned(),
            (false, true) => format!("pending: {}", names.join(", ")),
            (false, false) => format!("applied: {}", names.join(", ")),
        };
        console.answer(json!({ "migrations": names, "applied": !self.check }), text);
        Ok(())
    }
}
