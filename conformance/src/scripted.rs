//! Service providers that are libraries of Python, JavaScript and Rust: the module that a guide prints, and a small web application
//! around it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::guide::Guide;
use crate::process::{Process, free_port, wait_for_port};
use crate::server::client;
use crate::service_provider::{ServiceProvider, metadata_for, register};
use crate::{Server, openssl};

/// A library and what is said of it.
pub struct Library {
    /// Its guide below `docs/guides`.
    pub guide: &'static str,
    /// The file that the guide prints.
    pub module: &'static str,
    /// Settings beside its metadata.
    pub settings: &'static [&'static str],
    /// As [`ServiceProvider::verifies`].
    pub verifies: &'static [&'static str],
    /// As [`ServiceProvider::says_of_changes`].
    pub says_of_changes: &'static str,
    /// As [`ServiceProvider::says_of_passive`].
    pub says_of_passive: &'static str,
}

/// The Python library with the longest history.
pub const PYSAML2: Library = Library {
    guide: "saml/pysaml2.md",
    module: "service.py",
    settings: &["attribute_format=uri"],
    verifies: &["rsa-sha384", "rsa-sha512", "ecdsa-sha256"],
    says_of_changes: "Failed to verify signature",
    says_of_passive: "StatusNoPassive",
};

/// The Python library of OneLogin.
pub const PYTHON3_SAML: Library = Library {
    guide: "saml/python3-saml.md",
    module: "service.py",
    settings: &[],
    verifies: &["rsa-sha384", "rsa-sha512", "rsa-pss-sha256", "ecdsa-sha256"],
    says_of_changes: "Signature validation failed",
    says_of_passive: "was not Success, was Responder",
};

/// The library of Passport.
pub const NODE_SAML: Library = Library {
    guide: "saml/node-saml.md",
    module: "service.mjs",
    settings: &[],
    verifies: &["rsa-sha512", "rsa-pss-sha256"],
    says_of_changes: "Invalid document signature",
    says_of_passive: "nobody is signed in",
};

/// The library of Rust.
pub const SAMAEL: Library = Library {
    guide: "saml/samael.md",
    module: "service.rs",
    settings: &[],
    verifies: &["rsa-sha384", "rsa-sha512"],
    says_of_changes: "must be signed",
    says_of_passive: "StatusCode is not successful",
};

/// The interpreter with the Python peers that `scripts/install test` has put beside the build.
///
/// # Panics
/// When it is not there.
pub fn python() -> PathBuf {
    installed("target/peers/bin/python", "PyPI")
}

fn installed(file: &str, from: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join(file);
    assert!(path.exists(), "{} is missing: run `scripts/install test`; it needs a way to {from}", path.display());
    path
}

impl Library {
    /// Starts an application with it that is registered at the server.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(&self, server: &Server) -> ServiceProvider {
        self.start_with(server, &[], &[]).await
    }

    /// The same, with further blocks of the guide in its module and further settings here.
    ///
    /// # Panics
    /// As [`Library::start`].
    pub async fn start_with(&self, server: &Server, blocks: &[&str], settings: &[&str]) -> ServiceProvider {
        let (dir, port) = (tempfile::tempdir().expect("a temporary directory"), free_port());
        let here = format!("http://localhost:{port}");
        let guide = Guide::open(self.guide, &server.url(), &here);
        openssl::key_pair(dir.path(), "sp");
        let module =
            [&[&*format!("`{}`", self.module)], blocks].concat().iter().map(|block| guide.block(block)).collect::<String>();
        std::fs::write(dir.path().join(self.module), module).expect("a written file");
        let ours = server.saml_metadata().await;
        let log = dir.path().join("log");
        let mut process = self.run(&dir, port, &ours).await;
        let metadata = dir.path().join("notes.xml");
        let described = client().get(format!("{here}/metadata")).send().await.expect("an answer");
        std::fs::write(&metadata, described.text().await.expect("metadata")).expect("a written file");
        register(server, &metadata, &[self.settings, settings].concat());
        let now = metadata_for(server, settings).await;
        if now != ours {
            drop(process);
            process = self.run(&dir, port, &now).await;
        }
        ServiceProvider {
            protected: format!("{here}/protected"),
            forced: format!("{here}/login?force=1"),
            passive: format!("{here}/login?passive=1"),
            verifies: self.verifies,
            says_of_changes: self.says_of_changes,
            says_of_passive: self.says_of_passive,
            log: Box::new(move || std::fs::read_to_string(&log).unwrap_or_default()),
            running: Box::new((process, dir)),
        }
    }

    /// Starts it with our metadata.
    async fn run(&self, dir: &TempDir, port: u16, ours: &str) -> Process {
        std::fs::write(dir.path().join("idp.xml"), ours).expect("a written file");
        let mut command = self.command(dir);
        let command = command.arg(port.to_string()).current_dir(dir);
        let process = Process::start(self.guide, "python3-venv nodejs", command, &dir.path().join("log"));
        wait_for_port(port, self.guide).await;
        process
    }

    /// The program around the module.
    fn command(&self, dir: &TempDir) -> Command {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        if self.module.ends_with(".py") {
            let mut command = Command::new(python());
            command.arg(peers.join("saml_sp.py"));
            return command;
        }
        if self.module.ends_with(".rs") {
            let printed = std::fs::read_to_string(dir.path().join(self.module)).expect("what the guide prints");
            let built = std::fs::read_to_string(peers.join("samael/src").join(self.module)).expect("what was built");
            assert_eq!(printed, built, "the guide prints another program");
            return Command::new(installed("target/peers-samael/debug/samael-peer", "crates.io"));
        }
        // Node looks for packages beside the module that wants them.
        let (packages, link) = (installed("target/peers-node/node_modules", "the npm registry"), dir.path().join("node_modules"));
        if !link.exists() {
            std::os::unix::fs::symlink(packages, link).expect("a link");
        }
        let mut command = Command::new("node");
        command.arg(peers.join("node/saml_sp.mjs"));
        command
    }
}
