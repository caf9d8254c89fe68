//! What a new installation starts with: realm `default` on the internal resolver `internal`, the policies of a sound start, and
//! the first administrator. One commit.

use kernel::SecretText;
use kernel::ids::RowId;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::store::{realm as realms, resolver as resolvers};
use crate::people::{Member, Realm, seal};
use crate::policy::{seed, store as policies};
use crate::resolvers::{Given, ParamValues, kind};

/// Name of the first realm.
pub const REALM: &str = "default";
/// Name of the first resolver.
pub const RESOLVER: &str = "internal";
const KIND: &str = "internalresolver";

/// Makes a new installation usable. Refused where there is something already.
pub struct Initialise;

/// The first administrator.
pub struct Input {
    admin: String,
    email: String,
    password: SecretText,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let password = params.secret("password")?.ok_or_else(|| ParamError::Missing("password".to_owned()))?;
        Ok(Self { admin: params.required("admin")?, email: params.text("email")?.unwrap_or_default(), password })
    }
}

impl Mfa {
    /// Whether nobody has initialised this installation yet: there is no administrator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_new(&self) -> Result<bool, db::DbError> {
        Ok(self.people.admins().all().await?.is_empty())
    }
}

impl Operation for Initialise {
    const EVENT: &'static str = "initialise";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        if !sys.is_new().await? {
            return Err(Failure::new(Code::Conflict, "This installation is initialised already."));
        }
        sys.people.admins().add(&mut call.batch, &input.admin, &input.email, &input.password).await?;
        realm_and_resolver(sys, call).await?;
        for definition in seed::policies() {
            let id = (RowId::new(&sys.chance, sys.clock.now()), sys.sequences.next("policy").await?);
            policies::insert(&mut call.batch, id, &definition, sys.clock.now());
        }
        call.audit.info = format!("administrator {}", input.admin);
        call.reload_after();
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }

    fn constraint(&self, _: &str) -> Option<Failure> {
        Some(Failure::new(Code::Conflict, "This installation is initialised already."))
    }
}

async fn realm_and_resolver(sys: &Mfa, call: &mut Call) -> Result<(), Failure> {
    let now = sys.clock.now();
    let kind = kind(KIND).ok_or_else(|| Failure::internal("the internal resolver is not declared"))?;
    let id = RowId::new(&sys.chance, now);
    let params = ParamValues::read(kind, &Given::new(), None)?;
    let sealed = seal(&sys.people.env().for_resolvers(), kind, id, &params);
    let number = sys.sequences.next("resolver").await?;
    resolvers::insert(&mut call.batch, (id, number), RESOLVER, KIND, &sealed);
    let realm = Realm {
        id: RowId::new(&sys.chance, now),
        number: sys.sequences.next("realm").await?,
        name: REALM.to_owned(),
        is_default: true,
        members: vec![Member { resolver: id, node: String::new(), priority: Some(1) }],
        domains: Vec::new(),
    };
    realms::put(&mut call.batch, &realm, true);
    Ok(())
}
