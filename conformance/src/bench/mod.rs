//! Measurements: each path of the program beside its bare limit, in one run on one machine, as a ratio.
//!
//! The driver shares the machine's cores with the server and with the database, as stated with the figures. Timings never fail a
//! test. To add a path: one file with a `measure` function, one line in `src/bin/bench.rs`.

pub mod bare;
pub mod bare_http;
pub mod checks;
pub mod codes;
pub(crate) mod driver_alone;
pub mod grants;
pub mod hashes;
pub mod http;
pub mod load;
pub mod report;
pub(crate) mod rows;
pub mod saml;
pub mod sign_in;
pub mod startup;

/// The machine in one line: processor, cores, memory.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|l| l.starts_with(name))
            .and_then(|l| l.split_once(':'))
            .map(|(_, v)| v.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = field(&read("/proc/cpuinfo"), "model name");
    format!(
        "{processor}, {cores} cores, {} of memory; server, database and driver on the same machine",
        field(&read("/proc/meminfo"), "MemTotal")
    )
}

/// The server's answers unsigned, or signed as by default; password hashes at a token cost where they are not what is measured.
pub(crate) fn environment(signed: bool, cheap_hashes: bool) -> Vec<(String, String)> {
    let mut env = vec![
        ("SYMBOLON__LOG__LEVEL".to_owned(), "warn".to_owned()),
        ("SYMBOLON__API__SIGN_RESPONSES".to_owned(), if signed { "always" } else { "never" }.to_owned()),
    ];
    if cheap_hashes {
        env.push(("SYMBOLON__PASSWORD__MEMORY_KIB".to_owned(), "64".to_owned()));
        env.push(("SYMBOLON__PASSWORD__PASSES".to_owned(), "1".to_owned()));
    }
    env
}
