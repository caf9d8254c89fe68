use db::Dialect;
use db::testing::{Template, TestDb};
use serde_json::json;
use tokio::sync::OnceCell;

use super::*;

const TYP: &str = "JWT";

db::on_every_database![
    signs_and_verifies_with_each_algorithm_and_each_node,
    a_token_of_another_use_or_type_is_refused,
    no_algorithm_and_wrong_algorithms_are_refused,
    damaged_tokens_are_refused,
    time_is_checked,
    a_key_is_published_before_it_signs_and_accepted_after,
    two_nodes_rotate_once,
    keys_of_saml_are_announced_and_then_replaced,
    some_keys_are_made_when_they_are_wanted,
    an_incident_is_answered_at_once,
    a_lost_key_of_saml_leaves_the_metadata_at_once,
    keys_that_may_be_lost_with_the_others_never_sign,
    whoever_watches_hears_of_every_change,
    private_keys_are_sealed_to_their_row_and_gone_when_retired,
];

/// When the ring of every test was made.
const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

struct Bench {
    ring: Ring,
    keys: Keys,
    clock: Clock,
    db: TestDb,
}

impl Bench {
    /// A ring with its first keys. They take long to make: once for each kind of database.
    async fn new(on: Dialect) -> Self {
        static MADE: [OnceCell<Template>; 3] = [const { OnceCell::const_new() }; 3];
        let (keys, clock) = (Keys::for_tests(), Clock::fixed(START));
        let template = MADE[on as usize].get_or_init(async || {
            let db = db::testing::empty(on).await;
            db::migrate::run(&db, START).await.unwrap();
            Self::ring(&db, &keys, &clock).await;
            Template::of(db).await
        });
        let db = template.await.copy().await;
        let ring = Self::ring(&db, &keys, &clock).await;
        Self { ring, keys, clock, db }
    }

    async fn ring(db: &Db, keys: &Keys, clock: &Clock) -> Ring {
        let config = RingConfig::new("https://id.example");
        Ring::open(db.clone(), keys, clock.clone(), Entropy::system(), config).await.unwrap()
    }

    fn claims(&self) -> Value {
        json!({ "sub": "x", "exp": self.clock.now().seconds() + 60 })
    }

    fn token(&self, alg: Alg) -> String {
        self.ring.sign_jwt(Use::IdToken, alg, TYP, &self.claims()).unwrap()
    }

    fn verify(&self, token: &str) -> Result<Value, VerifyError> {
        self.ring.verify_jwt(Use::IdToken, TYP, token)
    }
}

async fn signs_and_verifies_with_each_algorithm_and_each_node(on: Dialect) {
    let b = Bench::new(on).await;
    let other = Bench::ring(&b.db, &b.keys, &b.clock).await;
    for alg in Use::IdToken.algs() {
        let token = b.token(*alg);
        assert_eq!(b.verify(&token), Ok(b.claims()), "{alg:?}");
        assert_eq!(other.verify_jwt::<Value>(Use::IdToken, TYP, &token), Ok(b.claims()), "{alg:?}");
    }
    assert_eq!(b.ring.list().len(), other.list().len());
    assert!(matches!(b.ring.sign_jwt(Use::Api, Alg::Rs256, TYP, &b.claims()), Err(RingError::NoKey)));
}

async fn a_token_of_another_use_or_type_is_refused(on: Dialect) {
    let b = Bench::new(on).await;
    let token = b.token(Alg::Es256);
    assert_eq!(b.ring.verify_jwt::<Value>(Use::AccessToken, TYP, &token), Err(VerifyError::UnknownKey));
    assert_eq!(b.ring.verify_jwt::<Value>(Use::IdToken, "at+jwt", &token), Err(VerifyError::Type));
    let access = b.ring.sign_jwt(Use::AccessToken, Alg::Es256, "at+jwt", &b.claims()).unwrap();
    assert!(b.ring.verify_jwt::<Value>(Use::AccessToken, "application/AT+JWT", &access).is_ok());
    assert_eq!(b.verify(&access), Err(VerifyError::UnknownKey));
}

/// A header of the attacker's choice over the claims of a good token.
fn with_header(token: &str, header: &Value, signature: &[u8]) -> String {
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let payload = token.split('.').nth(1).unwrap();
    format!("{}.{payload}.{}", encode(header.to_string().as_bytes()), encode(signature))
}

async fn no_algorithm_and_wrong_algorithms_are_refused(on: Dialect) {
    let b = Bench::new(on).await;
    let token = b.token(Alg::Rs256);
    let header: Value =
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap())
            .unwrap();
    let kid = header["kid"].as_str().unwrap();
    for alg in ["none", "None", "", "HS256", "ES256", "PS256", "RS512", "rs256"] {
        let forged = with_header(&token, &json!({ "alg": alg, "kid": kid, "typ": TYP }), b"");
        assert_eq!(b.verify(&forged), Err(VerifyError::Algorithm), "{alg}");
    }
    // The classic: our public key as the secret of an HMAC.
    let jwk = b.ring.jwks(&[Use::IdToken])["keys"].as_array().unwrap().iter().find(|k| k["kid"] == kid).cloned().unwrap();
    let forged = with_header(&token, &json!({ "alg": "HS256", "kid": kid, "typ": TYP }), b"");
    let signed = forged.rsplit_once('.').unwrap().0;
    let mac = crate::MacKey::new(&[0; 32]).tag([signed.as_bytes(), jwk.to_string().as_bytes()].concat().as_slice());
    let forged = format!("{signed}.{}", data_encoding::BASE64URL_NOPAD.encode(&mac));
    assert_eq!(b.verify(&forged), Err(VerifyError::Algorithm));
}

async fn damaged_tokens_are_refused(on: Dialect) {
    let b = Bench::new(on).await;
    let token = b.token(Alg::Es256);
    let parts: Vec<_> = token.split('.').collect();
    let other = b.ring.sign_jwt(Use::IdToken, Alg::Es256, TYP, &json!({ "sub": "y", "exp": 9e9 })).unwrap();
    let swapped = [parts[0], other.split('.').nth(1).unwrap(), parts[2]].join(".");
    assert_eq!(b.verify(&swapped), Err(VerifyError::Signature));
    let kid = json!({ "alg": "ES256", "kid": "unknown", "typ": TYP });
    assert_eq!(b.verify(&with_header(&token, &kid, b"x")), Err(VerifyError::UnknownKey));
    let no_kid = json!({ "alg": "ES256", "typ": TYP, "jwk": { "kty": "oct" } });
    assert_eq!(b.verify(&with_header(&token, &no_kid, b"x")), Err(VerifyError::UnknownKey));
    let crit = json!({ "alg": "ES256", "kid": "k", "typ": TYP, "crit": ["b64"], "b64": false });
    assert_eq!(b.verify(&with_header(&token, &crit, b"x")), Err(VerifyError::Malformed));
    for broken in ["", ".", "..", "a.b.c", "....", &format!("{token}."), &format!("{token}=")] {
        assert!(b.verify(broken).is_err(), "{broken}");
    }
}

async fn time_is_checked(on: Dialect) {
    let b = Bench::new(on).await;
    let token = b.token(Alg::Es256);
    b.clock.advance(Duration::from_secs(60));
    assert_eq!(b.verify(&token), Err(VerifyError::Time));
    assert!(b.ring.verify_signature(Use::IdToken, TYP, &token).is_ok());
    let now = b.clock.now().seconds();
    for claims in
        [json!({}), json!({ "exp": "never" }), json!({ "exp": now + 9, "nbf": now + 1 }), json!({ "exp": now + 9, "nbf": "x" })]
    {
        let token = b.ring.sign_jwt(Use::IdToken, Alg::Es256, TYP, &claims).unwrap();
        assert_eq!(b.verify(&token), Err(VerifyError::Time), "{claims}");
    }
}

async fn a_key_is_published_before_it_signs_and_accepted_after(on: Dialect) {
    let b = Bench::new(on).await;
    let day = Duration::from_secs(24 * 60 * 60);
    let kids = |b: &Bench| b.ring.jwks(&[Use::Api])["keys"].as_array().unwrap().len();
    let kid = |b: &Bench| {
        let find = |k: &KeyInfo| k.key_use == "api" && k.state == "active";
        b.ring.list().into_iter().find(find).unwrap().kid
    };
    let first = kid(&b);
    assert_eq!(b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap(), Rotation::default());
    b.clock.advance(89 * day);
    let token = b.ring.sign_jwt(Use::Api, Alg::Es256, TYP, &json!({ "exp": 9e9 })).unwrap();
    let done = b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    assert_eq!((done.published, done.activated), (8, 0));
    assert_eq!((kids(&b), kid(&b)), (2, first.clone()));
    b.clock.advance(day);
    let done = b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    assert_eq!((done.published, done.activated), (0, 8));
    assert_eq!(kids(&b), 2);
    assert_ne!(kid(&b), first);
    assert!(b.ring.verify_jwt::<Value>(Use::Api, TYP, &token).is_ok());
    b.clock.advance(7 * day);
    assert_eq!(b.ring.verify_jwt::<Value>(Use::Api, TYP, &token), Err(VerifyError::UnknownKey));
    let done = b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    assert_eq!(done.deleted, 7);
    assert_eq!(kids(&b), 1);
    // Checkpoints are verified years later; answers of the API are signed with the same key for good.
    assert_eq!(b.ring.jwks(&[Use::Checkpoint])["keys"].as_array().unwrap().len(), 2);
    assert_eq!(b.ring.jwks(&[Use::Response])["keys"].as_array().unwrap().len(), 1);
}

async fn keys_of_saml_are_announced_and_then_replaced(on: Dialect) {
    let b = Bench::new(on).await;
    let day = Duration::from_secs(86_400);
    b.clock.advance(200 * day);
    b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    let signs = || b.ring.sign_xml(Scheme::RsaSha256, b"x").unwrap().certificate;
    let (first, certificates) = (signs(), b.ring.xml_certificates().len());
    assert_eq!(certificates, 2, "not replaced by themselves");
    assert_eq!(b.ring.announce(Use::Saml, Successor::Announced, &Unnoted).await.unwrap().published, 2);
    assert_eq!(b.ring.announce(Use::Saml, Successor::Announced, &Unnoted).await.unwrap().published, 0, "once is enough");
    assert_eq!(b.ring.xml_certificates().len(), 4);
    b.clock.advance(13 * day);
    b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    assert_eq!(signs(), first, "published, not used");
    b.clock.advance(day);
    b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    let second = signs();
    assert!(second != first && b.ring.xml_certificates().contains(&first), "the old one stays for a while");
    assert_eq!(b.ring.xml_certificates()[0], second);
    b.clock.advance(8 * day);
    b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    assert!(b.ring.xml_certificates().len() == 2 && !b.ring.xml_certificates().contains(&first));
    assert!(matches!(b.ring.announce(Use::Response, Successor::Announced, &Unnoted).await, Err(RingError::NoKey)));
}

async fn some_keys_are_made_when_they_are_wanted(on: Dialect) {
    let b = Bench::new(on).await;
    let sign = |ring: &Ring| ring.sign_xml(Scheme::EcdsaSha384, b"x");
    assert!(matches!(sign(&b.ring), Err(RingError::NoKey)) && b.ring.xml_certificates().len() == 2);
    // Neither does anything else make it.
    assert_eq!(b.ring.rotate_now(Use::Saml, Successor::Announced, &Unnoted).await.unwrap().published, 2);
    let before = b.ring.xml_certificates().len();
    b.ring.provide(Scheme::EcdsaSha384).await.unwrap();
    b.ring.provide(Scheme::EcdsaSha384).await.unwrap();
    assert_eq!(b.ring.xml_certificates().len(), before + 1, "once is enough");
    let made = sign(&b.ring).unwrap();
    assert_eq!(made.signature.len(), 96);
    assert_eq!(b.ring.announce(Use::Saml, Successor::Announced, &Unnoted).await.unwrap().published, 3, "replaced as the others");
    let other = Bench::ring(&b.db, &b.keys, &b.clock).await;
    assert_eq!(sign(&other).unwrap().certificate, made.certificate);
}

async fn two_nodes_rotate_once(on: Dialect) {
    let b = Bench::new(on).await;
    let other = Bench::ring(&b.db, &b.keys, &b.clock).await;
    b.clock.advance(Duration::from_secs(95 * 24 * 60 * 60));
    for _ in 0..3 {
        let now = b.clock.now();
        let (one, two) = tokio::join!(b.ring.rotate_due(now, &Unnoted), other.rotate_due(now, &Unnoted));
        one.and(two).unwrap();
        b.clock.advance(Duration::from_secs(24 * 60 * 60));
    }
    other.reload().await.unwrap();
    let count = |state: &str| other.list().iter().filter(|k| k.key_use == "id_token" && k.state == state).count();
    assert_eq!((count("active"), count("next"), count("retired")), (3, 0, 3));
    let token = b.token(Alg::EdDsa);
    assert!(other.verify_jwt::<Value>(Use::IdToken, TYP, &token).is_ok());
}

async fn an_incident_is_answered_at_once(on: Dialect) {
    let b = Bench::new(on).await;
    let token = b.token(Alg::Es256);
    b.ring.rotate_now(Use::IdToken, Successor::Announced, &Unnoted).await.unwrap();
    assert!(b.verify(&token).is_ok());
    let retired = |k: &&KeyInfo| k.state == "retired" && k.alg == "ES256";
    let old = b.ring.list().iter().find(retired).unwrap().id;
    b.ring.distrust(old, &Unnoted).await.unwrap();
    assert_eq!(b.verify(&token), Err(VerifyError::UnknownKey));
    assert!(b.verify(&b.token(Alg::Es256)).is_ok());
    let active = b.ring.list().iter().find(|k| k.state == "active" && k.key_use == "id_token").unwrap().id;
    assert!(matches!(b.ring.distrust(active, &Unnoted).await, Err(RingError::NoKey)));
    b.ring.rotate_now(Use::Checkpoint, Successor::Announced, &Unnoted).await.unwrap();
    let kept = b.ring.list().into_iter().find(|k| k.state == "retired" && k.key_use == "checkpoint").unwrap();
    assert!(matches!(b.ring.distrust(kept.id, &Unnoted).await, Err(RingError::Kept)));
}

async fn a_lost_key_of_saml_leaves_the_metadata_at_once(on: Dialect) {
    let b = Bench::new(on).await;
    let other = Bench::ring(&b.db, &b.keys, &b.clock).await;
    let first = b.ring.xml_certificates();
    b.ring.announce(Use::Saml, Successor::Announced, &Unnoted).await.unwrap();
    b.clock.advance(Duration::from_secs(14 * 86_400));
    b.ring.rotate_due(b.clock.now(), &Unnoted).await.unwrap();
    let second = b.ring.xml_certificates();
    assert_eq!(second.len(), 4, "those that retired in peace stay for a while");
    let token = b.token(Alg::Es256);
    b.ring.rotate_now(Use::IdToken, Successor::Announced, &Unnoted).await.unwrap();
    b.ring.rotate_now(Use::Saml, Successor::Announced, &Unnoted).await.unwrap();
    other.reload().await.unwrap();
    for ring in [&b.ring, &other] {
        let left = ring.xml_certificates();
        assert!(left.len() == 2 && !left.iter().any(|one| first.contains(one) || second.contains(one)), "{left:?}");
        assert_eq!(ring.sign_xml(Scheme::RsaSha256, b"x").unwrap().certificate, left[0]);
    }
    assert!(b.verify(&token).is_ok(), "keys of other uses are accepted as before");
}

async fn keys_that_may_be_lost_with_the_others_never_sign(on: Dialect) {
    let b = Bench::new(on).await;
    let of = |key_use: &'static str, state: &'static str| {
        let keys = b.ring.list().into_iter().filter(move |k| k.key_use == key_use && k.state == state);
        keys.map(|k| k.kid).collect::<Vec<_>>()
    };
    for key_use in [Use::Saml, Use::IdToken] {
        let name = key_use.name();
        b.ring.announce(key_use, Successor::Announced, &Unnoted).await.unwrap();
        let announced = of(name, "next");
        b.ring.announce(key_use, Successor::Fresh, &Unnoted).await.unwrap();
        let again = of(name, "next");
        assert!(again.len() == announced.len() && !again.iter().any(|kid| announced.contains(kid)), "{name}");
        b.ring.rotate_now(key_use, Successor::Fresh, &Unnoted).await.unwrap();
        let active = of(name, "active");
        assert!(!active.iter().any(|kid| announced.contains(kid) || again.contains(kid)), "{name} signs with a key of before");
        assert!(active.len() == announced.len() && of(name, "next").is_empty());
    }
    assert!(b.verify(&b.token(Alg::Es256)).is_ok());
}

/// Writes down by its memory; that the batch carries it shows in the suite of the program.
#[derive(Default)]
struct Heard(std::sync::Mutex<Vec<(Alg, Fate)>>);

impl Witness for Heard {
    fn note(&self, _: &mut db::Batch, change: &Change) {
        assert!(!change.kid.is_empty());
        self.0.lock().unwrap().push((change.alg, change.fate));
    }
}

async fn whoever_watches_hears_of_every_change(on: Dialect) {
    let (b, heard) = (Bench::new(on).await, Heard::default());
    let of = |alg: Alg| {
        let all = std::mem::take(&mut *heard.0.lock().unwrap());
        all.into_iter().filter(|(one, _)| *one == alg).map(|(_, fate)| fate).collect::<Vec<_>>()
    };
    let now = b.clock.now();
    let later = now + Duration::from_secs(14 * 86_400);
    let rsa = Use::Saml.algs()[0];
    b.ring.announce(Use::Saml, Successor::Announced, &heard).await.unwrap();
    assert_eq!(of(rsa), [Fate::Published(later)]);
    b.ring.rotate_now(Use::Saml, Successor::Fresh, &heard).await.unwrap();
    assert_eq!(of(rsa), [Fate::Dropped, Fate::Published(now), Fate::Retired(Some(now)), Fate::Signs]);
    b.ring.rotate_now(Use::IdToken, Successor::Announced, &heard).await.unwrap();
    let until = now + Duration::from_secs(7 * 86_400);
    assert_eq!(of(Alg::Es256), [Fate::Published(now), Fate::Retired(Some(until)), Fate::Signs]);
    let retired = b.ring.list().into_iter().find(|k| k.state == "retired" && k.alg == "ES256").unwrap();
    b.ring.distrust(retired.id, &heard).await.unwrap();
    assert_eq!(of(Alg::Es256), [Fate::Distrusted]);
    b.clock.advance(Duration::from_secs(89 * 86_400));
    b.ring.rotate_due(b.clock.now(), &heard).await.unwrap();
    assert!(matches!(of(Alg::Es256)[..], [Fate::Published(_), ..]));
}

async fn private_keys_are_sealed_to_their_row_and_gone_when_retired(on: Dialect) {
    let b = Bench::new(on).await;
    b.ring.rotate_now(Use::Api, Successor::Announced, &Unnoted).await.unwrap();
    let stored = signing_key::all(&b.db, "https://id.example").await.unwrap();
    for key in &stored {
        assert_eq!(key.private_key.is_empty(), key.state == KeyState::Retired);
        assert!(key.private_key.is_empty() || key.private_key.starts_with("s1."));
    }
    let (one, two) = (&stored[0], &stored[1]);
    assert!(b.keys.sealer().open(&place(&one.id.to_string()), &two.private_key).is_err());
    let text = b.ring.jwks(&Use::ALL).to_string();
    for private in ["\"d\"", "\"p\"", "\"q\"", "\"k\""] {
        assert!(!text.contains(private), "{private}");
    }
}
