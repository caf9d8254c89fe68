//! Making a token.

use kernel::SecretText;
use kernel::ids::TokenId;
use keys::Place;

use super::super::change::siblings;
use super::{Enrolled, Input, adding};
use crate::Mfa;
use crate::enrol::label::Tags;
use crate::enrol::limits::Limits;
use crate::enrol::{demand, pin_rules};
use crate::operation::{Call, Caller, Code, Failure, ParamError, Params};
use crate::people::Person;
use crate::policy::actions::enrollment::{OTP_PIN_RANDOM, TOKENISSUER, TOKENLABEL, VERIFY_ENROLLMENT};
use crate::policy::actions::held::{FORCE_SERVER_GENERATE, HASHLIB, HashLib, OTPLEN, TIMESTEP};
use crate::policy::actions::rights;
use crate::policy::{ActionValue, At};
use crate::tokens::init::{Defaults, InitError, Made, Request};
use crate::tokens::{Info, KindRef, LinkContext, Owner, Rollout, Shown, Token, Uses, serial, store};

impl From<InitError> for Failure {
    fn from(e: InitError) -> Self {
        match e {
            InitError::Missing(name) => ParamError::Missing(name.to_owned()).into(),
            other => Self::new(Code::Parameter, other.to_string()),
        }
    }
}

/// What policies say about a new token.
pub(super) struct Demands {
    /// Parameters that replace those given; an empty text removes one.
    forced: Info,
    random_pin: Option<u8>,
    confirm: bool,
    label: Option<String>,
    issuer: Option<String>,
}

impl Demands {
    pub(super) fn read(at: &At<'_>, kind: KindRef) -> Result<Self, Failure> {
        let name = kind.spec().name;
        let offers = |feature: &str| kind.spec().features.contains(&feature);
        let mut forced = Info::new();
        let mut force = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                forced.insert(name.to_owned(), value);
            }
        };
        if offers("hashlib") {
            force("hashlib", at.get(&HASHLIB.of(name))?.map(|hash| HashLib::choices()[hash as usize].to_owned()));
        }
        if offers("otplen") {
            force("otplen", at.get(&OTPLEN.of(name))?.map(|n| n.to_string()));
        }
        if offers("timestep") {
            force("timeStep", at.get(&TIMESTEP.of(name))?.map(|n| n.to_string()));
        }
        if offers("seed") && at.any(&FORCE_SERVER_GENERATE.of(name))? {
            force("genkey", Some("1".to_owned()));
            force("otpkey", Some(String::new()));
        }
        let confirm = kind.spec().verify && at.words(&VERIFY_ENROLLMENT)?.is_some_and(|kinds| kinds.has(name));
        let random_pin = at.get(&OTP_PIN_RANDOM)?;
        Ok(Self { forced, random_pin, confirm, label: at.get(&TOKENLABEL)?, issuer: at.get(&TOKENISSUER)? })
    }

    /// Lets the kind read the parameters, as policies want them.
    pub(super) fn make(&self, sys: &Mfa, params: &Params, kind: KindRef) -> Result<Made, Failure> {
        let settings = sys.settings.load();
        let names = ["hashlib", "timeStep", "timeWindow"].map(|name| format!("{}.{name}", kind.spec().name));
        let defaults = Defaults {
            otplen: settings.default_otp_len,
            kind: names.into_iter().filter_map(|name| settings.text(&name).map(|text| (name, text))).collect(),
        };
        let get = |name: &str| match self.forced.get(name) {
            Some(forced) => Some(forced.clone()),
            None => params.text(name).ok().flatten(),
        };
        Ok(kind.init(&Request { get: &get, defaults: &defaults, kind: kind.spec().name }, &sys.chance)?)
    }

    /// What enrolment shows.
    pub(super) fn reveal(&self, token: &Token, made: &Made, owner: Option<&Person>) -> Shown {
        let tags = Tags { serial: &token.serial, person: owner };
        let label = self.label.as_deref().unwrap_or(if owner.is_some() { "<u>" } else { "<s>" });
        let issuer = self.issuer.as_deref().unwrap_or("Symbolon");
        let links = LinkContext { label: tags.replace(label), issuer: tags.replace(issuer), extra: Vec::new(), images: true };
        token.kind.reveal(token, made, &links)
    }

    /// Whether a first value is demanded.
    pub(super) fn confirms(&self) -> bool {
        self.confirm
    }

    /// How far enrolment is after a seed has been made.
    pub(super) fn rollout(&self, made: &Made) -> Rollout {
        match made.rollout {
            Rollout::None if self.confirm => Rollout::Verify,
            other => other,
        }
    }
}

/// Makes a token and stores it.
pub(super) async fn enrol(sys: &Mfa, call: &mut Call, input: &Input, kind: KindRef) -> Result<Enrolled, Failure> {
    let owner = match &input.user.user {
        Some(_) => Some(sys.resolve_existing(&input.user).await?),
        None => None,
    };
    if let Caller::Person(own) = &call.caller
        && owner.as_ref().is_none_or(|owner| owner.id != own.id)
    {
        return Err(Failure::policy("You may enrol tokens for yourself only."));
    }
    let siblings = siblings(sys, owner.as_ref()).await?;
    let mut realms = input.realms.clone();
    realms.extend(owner.iter().map(|owner| owner.realm.clone()).filter(|realm| !input.realms.contains(realm)));
    let (mut demands, limits) = call.ask(sys, owner.as_ref(), |call, at| {
        if let Some(owner) = &owner {
            demand(call, owner, &siblings, at)?;
        }
        if let Some(pin) = &input.pin {
            if !matches!(call.caller, Caller::Operator(_)) && !at.allowed(&rights::ENROLLPIN)? {
                return Err(Failure::policy("You may not set a PIN while enrolling."));
            }
            pin_rules::check(pin, at)?;
        }
        Ok((Demands::read(at, kind)?, Limits::read(kind, at)?))
    })?;
    demands.confirm |= input.confirm && kind.spec().verify;
    if let Some(owner) = &owner {
        limits.admit(&siblings)?;
        limits.hold(&mut call.batch, owner.id);
    }
    limits.admit_to_realms(&sys.db, &realms).await?;
    limits.hold_realms(&mut call.batch, &realms);
    let made = demands.make(sys, &call.params, kind)?;
    let random = demands.random_pin.map(|length| pin_rules::random(&sys.chance, length));
    let pin = random.as_ref().or(input.pin.as_ref());
    let token = token(sys, call, input, kind, (&made, demands.rollout(&made)), pin, (owner.as_ref(), realms)).await?;
    if token.rollout.usable() {
        adding(sys, call, &token, (owner.as_ref(), &siblings));
    } else if matches!(call.caller, Caller::Person(_)) {
        store::enrolment::begun(&mut call.batch, token.id, call.origin.at);
    }
    store::insert(&mut call.batch, &token);
    let shown = demands.reveal(&token, &made, owner.as_ref());
    let confirm = token.rollout == Rollout::Verify;
    Ok(Enrolled { token, shown, pin: random, confirm })
}

#[allow(clippy::too_many_arguments, reason = "everything that a row consists of")]
async fn token(
    sys: &Mfa,
    call: &Call,
    input: &Input,
    kind: KindRef,
    (made, rollout): (&Made, Rollout),
    pin: Option<&SecretText>,
    (owner, realms): (Option<&Person>, Vec<String>),
) -> Result<Token, Failure> {
    let (at, settings) = (call.origin.at, sys.settings.load());
    let id = TokenId::new(&sys.chance, at);
    let number = sys.sequences.next("token").await?;
    let serial = match &input.serial {
        Some(serial) => serial.clone(),
        None => {
            let prefix = input.prefix.as_deref().unwrap_or(kind.spec().prefix);
            serial::generate(prefix, number, usize::from(settings.serial_length), &sys.chance)
        }
    };
    let mut info = made.info.clone();
    info.insert("tokenkind".to_owned(), "software".to_owned());
    Ok(Token {
        id,
        number,
        serial,
        kind,
        owner: owner.map(Owner::of),
        realms,
        pin: match pin {
            Some(pin) => sys.pins.store(id, pin).await?,
            None => None,
        },
        seed: sys.keys.sealer().seal(&Place::new("token", "seed", &id.to_string()), made.seed.expose()),
        otplen: made.otplen,
        counter: made.counter,
        count_window: settings.default_count_window.into(),
        sync_window: settings.default_sync_window.into(),
        failcount: 0,
        maxfail: settings.default_max_fail_count.into(),
        failed_at: None,
        uses: Uses::default(),
        valid_from: input.valid_from,
        valid_until: input.valid_until,
        last_auth: None,
        active: rollout != Rollout::ClientWait,
        locked: false,
        revoked: false,
        rollout,
        description: input.description.clone(),
        info,
        memory: made.memory.clone(),
        version: 1,
        created_at: at,
    })
}
