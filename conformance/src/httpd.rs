//! Apache as the tests start it: a configuration, pages and a port of its own, on the loopback interface.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, free_port, signal, wait_for_port};

/// A place for an Apache that does not run yet: its address is known, its files can be written.
pub struct Site {
    dir: TempDir,
    port: u16,
}

/// A running Apache. Ends when dropped.
pub struct Httpd {
    process: Process,
    site: Site,
}

/// What differs from one Apache to the next.
pub struct Software<'a> {
    /// The Debian packages that it needs.
    pub packages: &'a str,
    /// Modules beside those that serve pages, by the name and the file that `LoadModule` wants.
    pub modules: &'a [(&'a str, &'a str)],
    /// Environment of its processes.
    pub environment: &'a [(String, String)],
    /// Whether each request has a process of its own, which PHP wants.
    pub prefork: bool,
}

impl Site {
    /// An empty place.
    ///
    /// # Panics
    /// When there is no room for it.
    #[allow(clippy::new_without_default, reason = "it takes a port and makes a directory")]
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        // Apache's workers are another user.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        Self { dir, port: free_port() }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below its directory; returns where it is.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir().join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(&path, content).expect("a written file");
        path
    }

    /// A directory below its own.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        path
    }

    /// As [`Site::directory`]; Apache's workers can write there, whoever they are.
    pub fn writable(&self, name: &str) {
        let anybody = std::fs::Permissions::from_mode(0o1777);
        std::fs::set_permissions(self.directory(name), anybody).expect("permissions");
    }

    /// A page that shows variables of its request, each in an element with the id that is named with it.
    pub fn page(&self, name: &str, shown: &[(&str, &str)]) {
        let shown: String = shown.iter().map(|(id, name)| format!("<p id=\"{id}\"><!--#echo var=\"{name}\" --></p>\n")).collect();
        self.write(&format!("pages/{name}"), &format!("<!doctype html><title>protected</title>{shown}"));
    }

    /// Starts Apache here; `settings` come last in its configuration.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self, software: &Software<'_>, settings: &str) -> Httpd {
        let conf = self.write("httpd.conf", &format!("{}{settings}", self.configuration(software)));
        let mut command = Command::new("/usr/sbin/apache2");
        command.arg("-f").arg(&conf).arg("-DFOREGROUND").envs(software.environment.iter().cloned());
        let process = Process::start("apache2", &format!("apache2 {}", software.packages), &mut command, &self.dir().join("log"));
        wait_for_port(self.port, "Apache").await;
        Httpd { process, site: self }
    }

    fn configuration(&self, software: &Software<'_>) -> String {
        let (worker, limits) = match software.prefork {
            true => ("mpm_prefork", "StartServers 2\nMaxRequestWorkers 4\n"),
            false => ("mpm_event", "StartServers 1\nServerLimit 1\nThreadsPerChild 8\nMaxRequestWorkers 8\n"),
        };
        let usual = [worker, "authn_core", "authz_core", "authz_user", "alias", "mime", "dir", "env", "include", "setenvif"];
        let usual = usual.iter().map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
        let more = software.modules.iter().map(|(name, file)| format!("LoadModule {name} /usr/lib/apache2/modules/{file}\n"));
        let modules: String = usual.chain(more).collect();
        let (dir, port, here) = (self.dir().display(), self.port, self.url());
        format!(
            "ServerRoot {dir}
ServerName {here}
UseCanonicalName On
PidFile {dir}/httpd.pid
DefaultRuntimeDir {dir}
Mutex file:{dir} default
Listen 127.0.0.1:{port}
{modules}
User www-data
Group www-data
ErrorLog {dir}/error.log
TypesConfig /etc/mime.types
DocumentRoot {dir}/pages
{limits}
<Directory {dir}/pages>
  Require all granted
  Options +Includes
  AddOutputFilter INCLUDES .html
</Directory>
"
        )
    }
}

impl Httpd {
    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site.url())
    }

    /// The protected page.
    pub fn protected(&self) -> String {
        self.at("/protected/index.html")
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        self.site.dir()
    }

    /// Its error log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Httpd {
    fn drop(&mut self) {
        // Its workers are processes of their own, which end only if it has the time to tell them.
        signal(self.process.pid(), "TERM");
        for _ in 0..500 {
            if !self.process.running() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
