//! What becomes of keys, in the audit: with the very change where the database holds the key, right after it where a file does.

use audit::{Audit, Door, Origin, Record};
use db::{Batch, WriteError};
use keys::{Change, Fate, Witness};

use crate::app::App;
use crate::cli::console::moment;

/// Writes down what one command or one turn of a job does with keys.
pub struct KeyRecords {
    audit: Audit,
    origin: Origin,
    action: String,
    administrator: String,
}

impl KeyRecords {
    /// For who has the machine. `verb` is the command.
    pub fn of_operator(app: &App, name: &str, verb: &str) -> Self {
        let action = format!("symbolon {verb}");
        Self { audit: app.mfa.audit.clone(), origin: app.local_origin(Door::Cli), action, administrator: name.to_owned() }
    }

    /// For what happens by itself.
    pub fn of_job(app: &App) -> Self {
        let action = "signing keys".to_owned();
        Self { audit: app.mfa.audit.clone(), origin: app.local_origin(Door::Job), action, administrator: String::new() }
    }

    fn record(&self, detail: String, info: String) -> Record {
        let mut record = Record::new(&self.origin, &*self.action);
        record.administrator.clone_from(&self.administrator);
        record.success = true;
        record.action_detail = detail;
        record.info = info;
        record
    }

    /// What has become of a sealing key, whose file is changed already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sealing(&self, app: &App, id: &str, info: &str) -> Result<(), WriteError> {
        let mut batch = Batch::new();
        self.audit.append(&mut batch, self.record(format!("sealing {id}"), info.to_owned()));
        app.db.write(batch).await.map(drop)
    }
}

impl Witness for KeyRecords {
    fn note(&self, batch: &mut Batch, change: &Change) {
        let info = match change.fate {
            Fate::Published(from) => format!("published; signs from {}", moment(from)),
            Fate::Signs => "active: signs from now on".to_owned(),
            Fate::Retired(Some(until)) if until <= self.origin.at => "retired; accepted no longer".to_owned(),
            Fate::Retired(Some(until)) => format!("retired; accepted until {}", moment(until)),
            Fate::Retired(None) => "retired; accepted for good".to_owned(),
            Fate::Distrusted => "distrusted: accepted no longer".to_owned(),
            Fate::Dropped => "dropped before it has signed anything".to_owned(),
        };
        let detail = format!("{} {} {} {}", change.key_use.name(), change.alg.name(), change.kid, change.id);
        self.audit.append(batch, self.record(detail, info));
    }
}
