//! `symbolon help`

use clap::Args;

use super::{CliError, Command, Console, reference};

#[derive(Args)]
pub(super) struct Help {
    /// The command to explain, such as `client add`
    command: Vec<String>,
    /// Print the reference of the whole command line in Markdown
    #[arg(long, conflicts_with = "command")]
    markdown: bool,
}

impl Command for Help {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        if self.markdown {
            console.line(reference::command_line().trim_end());
            return Ok(());
        }
        let mut definition = super::definition();
        definition.build();
        let mut at = &mut definition;
        for name in &self.command {
            let unknown = || CliError::usage(format!("there is no command {}", self.command.join(" "))).mend("symbolon help");
            at = at.find_subcommand_mut(name).ok_or_else(unknown)?;
        }
        console.line(at.render_long_help().to_string().trim_end());
        Ok(())
    }
}
