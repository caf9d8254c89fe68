//! The command line, as the built program.

mod clients;
mod doctor;
mod federation;
mod init;
mod keys;
mod people;
mod policies;
mod reference;
mod scim;
mod tokens;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use db::Dialect;
use db::testing::{Template, TestDb};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::snapshot::Snapshot;

pub const PASSWORD: &str = "correct-Horse-battery-1";

/// A data directory that is used by commands alone.
pub struct Place {
    dir: tempfile::TempDir,
    /// Where the data is, unless it is in the data directory.
    database: Option<TestDb>,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Place {
    /// Nothing is there yet.
    pub fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), database: None }
    }

    /// After `init`; made once for each kind of database and copied, because making keys takes long.
    pub async fn ready(on: Dialect) -> Self {
        static MADE: [OnceCell<(Snapshot, Option<Template>)>; 3] = [const { OnceCell::const_new() }; 3];
        let (files, template) = MADE[on as usize].get_or_init(|| Self::make(on)).await;
        let mut place = Self::empty();
        files.restore(&place.data());
        if let Some(template) = template {
            place.database = Some(template.copy().await);
        }
        place
    }

    async fn make(on: Dialect) -> (Snapshot, Option<Template>) {
        let mut place = Self::empty();
        if on != Dialect::Sqlite {
            place.database = Some(db::testing::empty(on).await);
        }
        place.ok(&["init", "--admin", "admin", "--admin-password-stdin"], PASSWORD);
        let files = Snapshot::of(&place.data());
        match place.database.take() {
            Some(database) => (files, Some(Template::of(database).await)),
            None => (files, None),
        }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The program, without anything of the surroundings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_symbolon"));
        command.env_clear().current_dir(self.root()).args(args).arg("--data-dir").arg(self.data());
        if let Some(database) = &self.database {
            command.env("SYMBOLON__DATABASE__URL", database.url());
        }
        command
    }

    pub fn run(&self, args: &[&str], stdin: &str) -> Said {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read its input may have closed it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { exit: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Succeeds; returns what was said.
    pub fn ok(&self, args: &[&str], stdin: &str) -> String {
        let said = self.run(args, stdin);
        assert_eq!(said.exit, 0, "{args:?}: {said:?}");
        said.out
    }

    /// Succeeds and answers in JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.run(&[args, &["--json"]].concat(), "");
        assert_eq!(said.exit, 0, "{args:?}: {said:?}");
        said.json()
    }

    /// Is refused with this exit code; the words hold `hint`.
    pub fn refused(&self, exit: i32, args: &[&str], stdin: &str, hint: &str) {
        let said = self.run(args, stdin);
        assert_eq!(said.exit, exit, "{args:?}: {said:?}");
        assert!(said.err.contains(hint), "{args:?}: {said:?}");
        assert_eq!(said.out, "", "{args:?}");
    }
}
