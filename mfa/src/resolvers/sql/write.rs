//! Writing back: people are created, changed and removed in the table, where that was allowed.

use db::foreign::{self, Name, Operator, Select, Test};
use kernel::SecretText;

use super::Sql;
use super::look::plausible;
use crate::people::Attribute;
use crate::resolvers::{Change, ResolverError};

/// Values for columns.
type Values = Vec<(Name, Option<SecretText>)>;

fn refused(what: &str) -> ResolverError {
    ResolverError::Refused(what.to_owned())
}

fn check_login(login: &str) -> Result<(), ResolverError> {
    let sound = plausible(login) && login.trim() == login;
    if sound { Ok(()) } else { Err(refused("The login name is empty, too long or has blanks around it.")) }
}

fn text(value: &Attribute) -> Result<SecretText, ResolverError> {
    let text = match value {
        Attribute::Bool(flag) => u8::from(*flag).to_string(),
        Attribute::Int(number) => number.to_string(),
        Attribute::Text(text) => text.clone(),
        Attribute::List(list) => match list.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            _ => return Err(refused("A column holds one value.")),
        },
    };
    if text.chars().count() > foreign::LONGEST || text.contains('\0') {
        return Err(refused("A value is too long, or has a NUL character."));
    }
    Ok(SecretText::new(text))
}

impl Sql {
    pub(super) fn check_editable(&self) -> Result<(), ResolverError> {
        self.table()?;
        let editable = self.config.bounds.editable;
        if editable { Ok(()) } else { Err(ResolverError::Unsupported("This resolver cannot be edited.")) }
    }

    /// The values of a change, by column.
    async fn values(&self, change: &Change) -> Result<Values, ResolverError> {
        let mut values = Values::new();
        for (ours, value) in &change.attributes {
            let unknown = || ResolverError::Refused(format!("This resolver has no attribute `{ours}`."));
            let column = self.config.map.get(ours).ok_or_else(unknown)?;
            put(&mut values, column, value.as_ref().map(text).transpose()?);
        }
        if let Some(password) = &change.password {
            let column = self.config.password.as_ref().ok_or_else(|| refused("The Map has no column for passwords."))?;
            put(&mut values, column, Some(self.hashed(password).await?));
        }
        if let Some(login) = &change.login {
            check_login(login)?;
            put(&mut values, &self.config.login, Some(SecretText::new(login.as_str())));
        }
        Ok(values)
    }

    async fn refuse_taken(&self, login: &str, but: Option<&str>) -> Result<(), ResolverError> {
        let question = Select {
            columns: vec![self.config.uid.clone()],
            tests: vec![Test::Is(self.config.login.clone(), login.to_owned())],
            order: Vec::new(),
            most: 2,
        };
        let rows = self.table()?.select(&question).await?;
        let others = rows.iter().filter(|row| but.is_none() || row.first().and_then(Option::as_deref) != but).count();
        if others > 0 { Err(refused("There is a row with this login name already.")) } else { Ok(()) }
    }

    pub(super) async fn create(&self, login: &str, mut change: Change) -> Result<String, ResolverError> {
        self.check_editable()?;
        change.login = Some(login.to_owned());
        let mut values = self.values(&change).await?;
        self.refuse_taken(login, None).await?;
        // What the configuration demands of rows, new ones have.
        for test in &self.config.tests {
            if let Test::Holds(column, Operator::Equal, value) = test
                && values.iter().all(|(known, _)| known != column)
            {
                put(&mut values, column, Some(SecretText::new(value.as_str())));
            }
        }
        let own = Test::Is(self.config.login.clone(), login.to_owned());
        let then = Select {
            columns: vec![self.config.uid.clone()],
            tests: std::iter::once(own).chain(self.config.tests.iter().cloned()).collect(),
            order: Vec::new(),
            most: 2,
        };
        let made = self.table()?.change(&foreign::Change::Insert(values), Some(&then)).await;
        let cells = made.map_err(|e| match e {
            foreign::ForeignError::NotOne => refused("The new row would not meet Where, or its login name is taken."),
            other => other.into(),
        })?;
        let uid = cells.into_iter().next().flatten().filter(|uid| plausible(uid));
        uid.ok_or_else(|| refused("The row was made, but the database gave it no uid."))
    }

    pub(super) async fn update(&self, uid: &str, change: Change) -> Result<(), ResolverError> {
        self.check_editable()?;
        let current = self.existing(uid).await?;
        let values = self.values(&change).await?;
        if let Some(login) = change.login.as_deref().filter(|login| *login != current) {
            if self.config.uid == self.config.login {
                return Err(refused("The login name is the uid: another one would be another person."));
            }
            self.refuse_taken(login, Some(uid)).await?;
        }
        if values.is_empty() {
            return Ok(());
        }
        let change = foreign::Change::Update(values, self.only(uid));
        self.table()?.change(&change, None).await.map(drop).map_err(ResolverError::from)
    }

    pub(super) async fn delete(&self, uid: &str) -> Result<(), ResolverError> {
        self.check_editable()?;
        self.existing(uid).await?;
        let change = foreign::Change::Delete(self.only(uid));
        self.table()?.change(&change, None).await.map(drop).map_err(ResolverError::from)
    }

    /// The login name of somebody whose uid no other row has.
    async fn existing(&self, uid: &str) -> Result<String, ResolverError> {
        let found = self.by_uids(&[uid.to_owned()]).await?.pop();
        found.map(|entry| entry.login).ok_or_else(|| refused("The account does not exist."))
    }
}

/// A column has one value: the last one.
fn put(values: &mut Values, column: &Name, value: Option<SecretText>) {
    values.retain(|(known, _)| known != column);
    values.push((column.clone(), value));
}
