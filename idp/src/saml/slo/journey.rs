//! The browser is sent from party to party, and comes back to our page after each.

use audit::Origin;
use db::{Batch, WriteError};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::brought::Answered;
use super::depart::Line;
use super::state::{Finish, Told};
use super::store::{self, LogoutRow};
use super::write::Message;
use super::{Way, endpoint};
use crate::oidc::Ending;
use crate::party::client::redirect;
use crate::party::sp::Sp;
use crate::ports::EventKind;
use crate::saml::Provider;
use crate::saml::problem::SsoProblem;

/// How a logout stands.
#[derive(Debug)]
pub enum Stage {
    /// A party is to be told by the browser.
    Next(Box<Hop>),
    /// Everybody was told, or passed over.
    Done(Box<Done>),
}

/// The next party.
#[derive(Debug)]
pub struct Hop {
    /// What people call it.
    pub party: String,
    /// What the browser takes there.
    pub message: Message,
    /// The browser was sent there before, and has not come back.
    pub late: bool,
    /// Who has confirmed.
    pub reached: Vec<String>,
    /// Who has not.
    pub unreached: Vec<String>,
    /// Who comes afterwards.
    pub waiting: Vec<String>,
    /// Origins to which forms of the page may lead.
    pub origins: Vec<String>,
}

/// The end.
#[derive(Debug)]
pub struct Done {
    /// Where somebody may still be signed in.
    pub unreached: Vec<String>,
    /// What is done now.
    pub back: Back,
}

/// Where the person goes in the end.
#[derive(Debug)]
pub enum Back {
    /// To the party that asked (its name), with an answer.
    Answer(String, Message),
    /// To where the sign-out began.
    Here(Ending),
    /// As [`Back::Here`]; only a session elsewhere was ended.
    Elsewhere(Ending),
}

impl Provider {
    /// The logout of this browser that is not finished, if there is one.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub async fn sign_out_open(&self, binding: &str, now: Timestamp) -> Result<Option<RowId>, SsoProblem> {
        let row = store::open(&self.db, &self.browser_hash(binding), now).await.map_err(SsoProblem::fault)?;
        Ok(row.map(|row| row.id))
    }

    /// How a logout stands, and which party is next; `None` when there is no such logout of this browser.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub async fn sign_out_stage(&self, origin: &Origin, id: RowId, binding: &str) -> Result<Option<Stage>, SsoProblem> {
        let Some(mut row) = self.row(id, binding, origin.at).await? else { return Ok(None) };
        while let Some((told, late)) = row.journey.next() {
            let Some((name, message)) = self.hop(&told, origin.at).await? else {
                row = self.settled(origin, row, false, "it cannot be told any more").await?;
                continue;
            };
            if !late && !self.sent(&row, &told).await? {
                // Another page of this browser was faster.
                let Some(again) = self.row(id, binding, origin.at).await? else { return Ok(None) };
                row = again;
                continue;
            }
            let waiting: Vec<String> = row.journey.waiting.iter().map(|told| told.party.clone()).collect();
            return Ok(Some(Stage::Next(Box::new(Hop {
                party: name,
                origins: message.origin().into_iter().chain(self.home(&row.journey.finish, origin.at).await?).collect(),
                message,
                late,
                reached: self.named(&row.journey.reached, origin.at).await?,
                unreached: self.named(&row.journey.unreached, origin.at).await?,
                waiting: self.named(&waiting, origin.at).await?,
            }))));
        }
        self.done(origin, row).await.map(Some)
    }

    /// Passes over the party that has not sent the browser back; `false` when there is no such logout of this browser.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub async fn sign_out_skip(&self, origin: &Origin, id: RowId, binding: &str) -> Result<bool, SsoProblem> {
        let Some(row) = self.row(id, binding, origin.at).await? else { return Ok(false) };
        if row.journey.current.is_some() {
            self.settled(origin, row, false, "the browser did not come back").await?;
        }
        Ok(true)
    }

    /// Takes the answer of a party, which the browser has brought; says which logout goes on.
    ///
    /// # Errors
    /// [`SsoProblem`], for the person alone.
    pub async fn sign_out_answered(
        &self,
        origin: &Origin,
        Answered(answer): &Answered,
        binding: &str,
    ) -> Result<RowId, SsoProblem> {
        let request = answer.message.in_response_to.as_deref().ok_or(SsoProblem::Response)?;
        let found = store::by_request(&self.db, &self.request_hash(request), &self.browser_hash(binding), origin.at).await;
        let is_asked = |row: &LogoutRow| {
            let current = row.journey.current.as_ref();
            current.is_some_and(|told| told.party == answer.sp.entity_id() && told.request == request)
        };
        let row = found.map_err(SsoProblem::fault)?.filter(is_asked).ok_or(SsoProblem::Response)?;
        let id = row.id;
        let (confirms, said) = (answer.message.confirms(), answer.message.said());
        self.settled(origin, row, confirms, &said).await?;
        Ok(id)
    }

    async fn row(&self, id: RowId, binding: &str, now: Timestamp) -> Result<Option<LogoutRow>, SsoProblem> {
        store::by_id(&self.db, id, &self.browser_hash(binding), now).await.map_err(SsoProblem::fault)
    }

    /// What the browser takes to a party; `None` when that can be told on no way any more.
    async fn hop(&self, told: &Told, now: Timestamp) -> Result<Option<(String, Message)>, SsoProblem> {
        let Some(sp) = self.party(&told.party, now).await? else { return Ok(None) };
        let Some((way, endpoint)) = endpoint(&sp, &[Way::Redirect, Way::Post]) else { return Ok(None) };
        let draft = self.logout_request(&sp, told, &endpoint.location, now);
        let message = self.by_browser(&sp, (way, &endpoint.location), &draft, None).map_err(SsoProblem::fault)?;
        Ok(Some((sp.name(&[]).to_owned(), message)))
    }

    /// The browser is sent to a party; `false` when that was done by somebody else meanwhile.
    async fn sent(&self, row: &LogoutRow, told: &Told) -> Result<bool, SsoProblem> {
        let mut batch = Batch::new();
        store::save(&mut batch, row, Some(&self.request_hash(&told.request))).map_err(SsoProblem::fault)?;
        match self.db.write(batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Guard(_)) => Ok(false),
            Err(error) => Err(SsoProblem::fault(error)),
        }
    }

    /// The present party has answered, or is passed over: that is noted once, with its record.
    async fn settled(&self, origin: &Origin, mut row: LogoutRow, confirmed: bool, info: &str) -> Result<LogoutRow, SsoProblem> {
        let told = row.journey.current.clone();
        row.journey.settle(confirmed);
        let mut batch = Batch::new();
        store::save(&mut batch, &row, None).map_err(SsoProblem::fault)?;
        let person = self.somebody(row.journey.person).await;
        let kind = (EventKind::LogoutTold, confirmed);
        let session = told.as_ref().and_then(|told| told.session);
        let line = Line { party: told.as_ref().map(|told| &*told.party), session, info: info.to_owned() };
        self.jot(&mut batch, origin, kind, person, line).await?;
        self.db.write(batch).await.map_err(changed)?;
        row.saved();
        Ok(row)
    }

    /// The end; noted once, but shown again to whoever comes back to it.
    async fn done(&self, origin: &Origin, mut row: LogoutRow) -> Result<Stage, SsoProblem> {
        let verdict = Self::verdict(&row.journey.unreached);
        if !row.finished {
            row.finished = true;
            let mut batch = Batch::new();
            store::save(&mut batch, &row, None).map_err(SsoProblem::fault)?;
            let person = self.somebody(row.journey.person).await;
            let kind = (EventKind::LogoutFinished, row.journey.unreached.is_empty());
            let info = format!("{} confirmed, {} not", row.journey.reached.len(), row.journey.unreached.len());
            let line = Line { party: None, session: row.journey.session, info };
            self.jot(&mut batch, origin, kind, person, line).await?;
            match self.db.write(batch).await {
                Ok(_) | Err(WriteError::Guard(_)) => {}
                Err(error) => return Err(SsoProblem::fault(error)),
            }
        }
        let mut unreached = self.named(&row.journey.unreached, origin.at).await?;
        unreached.sort();
        unreached.dedup();
        let back = match &row.journey.finish {
            Finish::Here(ending) => Back::Here(ending.clone()),
            Finish::Elsewhere(ending) => Back::Elsewhere(ending.clone()),
            finish @ Finish::Party { .. } => match self.answered(finish, verdict, origin.at).await? {
                Some((name, message)) => Back::Answer(name, message),
                None => Back::Here(Ending::default()),
            },
        };
        Ok(Stage::Done(Box::new(Done { unreached, back })))
    }

    /// Where the browser may be sent in the end.
    async fn home(&self, finish: &Finish, now: Timestamp) -> Result<Option<String>, SsoProblem> {
        let of = |sp: &Sp| {
            let (_, endpoint) = endpoint(sp, &[Way::Redirect, Way::Post])?;
            redirect::origin(endpoint.response_location.as_ref().unwrap_or(&endpoint.location))
        };
        Ok(match finish {
            Finish::Party { sp, .. } => self.sps.look_up_row(*sp, now).await.map_err(SsoProblem::fault)?.and_then(|sp| of(&sp)),
            Finish::Here(ending) | Finish::Elsewhere(ending) => ending.redirect.as_deref().and_then(redirect::origin),
        })
    }
}

/// Two answers to one request, or two pages of one browser: one of them counts.
fn changed(error: WriteError) -> SsoProblem {
    match error {
        WriteError::Guard(_) => SsoProblem::Response,
        other => SsoProblem::fault(other),
    }
}
