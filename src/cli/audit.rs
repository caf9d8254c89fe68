//! `symbolon audit`: check the chain.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::operate::Operator;
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check that no entry was changed, removed or added; names the first bad one
    Verify {
        /// File of checkpoints that was kept on another machine, instead of the one in the data directory; betrays a database
        /// that was replaced as a whole
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
    },
    /// Seal what is not sealed yet, where no service runs that does it
    Seal,
}

impl Command for Audit {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::Verify { checkpoints } => verify(console, &operator, checkpoints).await,
            What::Seal => {
                let sealed = operator.app().chain.seal_once(operator.app().clock.now()).await?;
                console.answer(json!({ "sealed": sealed.entries }), format!("sealed {} entries", sealed.entries));
                Ok(())
            }
        }
    }
}

async fn verify(console: &Console, operator: &Operator, checkpoints: Option<PathBuf>) -> Result<(), CliError> {
    let lines = match &checkpoints {
        Some(path) => {
            audit::chain::read_checkpoints(path).map_err(|e| CliError::failed(format!("cannot read {}: {e}", path.display())))?
        }
        None => Vec::new(),
    };
    let found = operator.app().chain.verify(lines, |_| {}).await?;
    if let Some(finding) = &found.finding {
        return Err(CliError::failed(format!("the audit log was tampered with: {finding}"))
            .mend("keep this database as evidence and compare it with a backup"));
    }
    console.answer(
        json!({ "good": true, "from": found.from, "until": found.until, "checkpoints": found.checkpoints, "unsealed": found.unsealed }),
        format!(
            "the audit log is intact: {} entries in the chain, up to number {}, {} checkpoints agree, {} entries not sealed yet",
            found.until - found.from,
            found.until,
            found.checkpoints,
            found.unsealed
        ),
    );
    Ok(())
}
