//! The command line: one file per verb.
//!
//! Every verb takes `--data-dir`, `--config`, `--set` and `--json`. Secrets come on standard input, never as arguments, where other
//! users of the machine could read them. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 wrong configuration,
//! 4 something that we depend on does not answer.
//!
//! To add a verb: one file with a struct that implements [`Command`], and one line in `verbs!`.

mod admin;
mod attribute;
mod audit;
mod claims;
mod client;
mod config;
pub(crate) mod console;
mod doctor;
mod error;
mod explain;
mod federation;
mod help;
mod init;
mod keys;
mod migrate;
mod operate;
mod orphans;
mod policy;
mod realm;
pub mod reference;
mod resolver;
mod scim;
mod serve;
mod sp;
mod token;
mod user;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use self::console::{Common, Console};
pub use self::error::CliError;

/// What a verb does.
pub(crate) trait Command {
    /// Runs it; what it has to say goes through the console.
    fn run(self, console: &Console) -> impl Future<Output = Result<(), CliError>>;
}

macro_rules! verbs {
    ($($(#[doc = $doc:literal])+ $name:ident($ty:ty)),+ $(,)?) => {
        #[derive(Subcommand)]
        enum Verb {
            $($(#[doc = $doc])+ $name($ty)),+
        }

        impl Verb {
            async fn run(self, console: &Console) -> Result<(), CliError> {
                match self { $(Self::$name(verb) => verb.run(console).await),+ }
            }
        }
    };
}

verbs! {
    /// Start the service; an empty data directory is initialised first
    Serve(serve::Serve),
    /// Make a new installation: keys, database, first administrator
    Init(init::Init),
    /// Bring the database to the schema of this program
    Migrate(migrate::Migrate),
    /// Look whether everything is as it should be
    Doctor(doctor::Doctor),
    /// Manage local administrators
    Admin(admin::Admin),
    /// Manage OpenID Connect clients
    Client(client::Client),
    /// Manage SAML service providers
    Sp(sp::Sp),
    /// Manage realms
    Realm(realm::Realm),
    /// Manage resolvers
    Resolver(resolver::Resolver),
    /// Manage programs that provision people and groups
    Scim(scim::Scim),
    /// Manage people
    User(user::User),
    /// Manage the second factors of people
    Token(token::Token),
    /// Manage policies
    Policy(policy::Policy),
    /// Tell which policies would decide a request, and where the others drop out
    Explain(explain::Explain),
    /// Search and check the audit log
    Audit(audit::Audit),
    /// List and replace signing and sealing keys
    Keys(keys::Keys),
    /// Show, check and document the settings
    Config(config::Config),
    /// Explain a command
    Help(help::Help),
}

/// Identity provider and multi-factor engine in one program
#[derive(Parser)]
#[command(name = "symbolon", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// Parses the arguments and runs the verb.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let console = Console::new(cli.common);
    match cli.verb.run(&console).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.failed(&error);
            ExitCode::from(error.exit)
        }
    }
}

/// The whole command line, for documentation and tests.
pub fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_consistent() {
        super::definition().debug_assert();
    }
}
