use keys::Keys;

use super::super::settings::AuthMethod;
use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn settings() -> Settings {
    Settings { redirect_uris: vec!["https://rp.example/cb".to_owned()], ..Settings::default() }
}

fn new(client_id: &str, secret: GivenSecret) -> NewClient {
    NewClient { client_id: client_id.to_owned(), settings: settings(), secret, enabled: true }
}

async fn registry() -> (Clients, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open_sqlite(&dir.path().join("db")).unwrap();
    db::migrate::run(&db, NOW).await.unwrap();
    let sealer = Keys::for_tests().sealer().clone();
    (Clients::load(db, sealer, Entropy::seeded(1), "default").await.unwrap(), dir)
}

async fn commit(clients: &Clients, batch: Batch) -> Result<(), ClientError> {
    clients.db.write(batch).await?;
    clients.reload().await?;
    Ok(())
}

#[tokio::test]
async fn a_generated_secret_opens_and_two_are_valid_after_rotation() {
    let (clients, _dir) = registry().await;
    let mut batch = Batch::new();
    let first = clients.add(&mut batch, new("rp", GivenSecret::Generate), NOW).unwrap().secret.unwrap();
    assert_eq!(first.len(), 43);
    assert!(clients.find("rp").is_none());
    commit(&clients, batch).await.unwrap();
    let client = clients.find("rp").unwrap();
    assert!(client.accepts_secret(&first, NOW));
    assert!(!client.accepts_secret(&SecretText::new("wrong"), NOW));

    let mut batch = Batch::new();
    let second = clients.rotate_secret(&mut batch, "rp", Duration::from_secs(60), NOW).await.unwrap();
    commit(&clients, batch).await.unwrap();
    let client = clients.find("rp").unwrap();
    assert!(client.accepts_secret(&first, NOW + Duration::from_secs(59)) && client.accepts_secret(&second, NOW));
    assert!(!client.accepts_secret(&first, NOW + Duration::from_secs(60)));

    let mut batch = Batch::new();
    let third = clients.rotate_secret(&mut batch, "rp", Duration::ZERO, NOW).await.unwrap();
    commit(&clients, batch).await.unwrap();
    let client = clients.find("rp").unwrap();
    assert!(client.accepts_secret(&third, NOW) && !client.accepts_secret(&second, NOW) && !client.accepts_secret(&first, NOW));
}

#[tokio::test]
async fn given_secrets_are_checked_and_stored_in_no_form() {
    let (clients, dir) = registry().await;
    let short = new("rp", GivenSecret::Given(SecretText::new("short")));
    assert!(
        matches!(clients.add(&mut Batch::new(), short, NOW), Err(ClientError::Invalid(p)) if p[0].setting == "client_secret")
    );
    let mut batch = Batch::new();
    let given = "correct horse battery staple";
    let added = clients.add(&mut batch, new("rp", GivenSecret::Given(SecretText::new(given))), NOW).unwrap();
    assert!(added.secret.is_none());
    commit(&clients, batch).await.unwrap();
    assert!(clients.find("rp").unwrap().accepts_secret(&SecretText::new(given), NOW));
    let digest: [u8; 32] =
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), given)).into();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
        assert!(!holds(given.as_bytes()) && !holds(&digest) && !holds(data_encoding::HEXLOWER.encode(&digest).as_bytes()));
    }
}

#[tokio::test]
async fn names_are_unique_and_changes_compare_and_set() {
    let (clients, _dir) = registry().await;
    let mut batch = Batch::new();
    clients.add(&mut batch, new("rp", GivenSecret::Generate), NOW).unwrap();
    commit(&clients, batch).await.unwrap();
    let mut batch = Batch::new();
    clients.add(&mut batch, new("rp", GivenSecret::Generate), NOW).unwrap();
    assert!(matches!(commit(&clients, batch).await, Err(ClientError::Exists)));

    let read = clients.get("rp").await.unwrap();
    assert_eq!((read.version, read.has_secret), (1, true));
    let mut mine = Batch::new();
    let public = Settings { token_endpoint_auth_method: AuthMethod::None, ..settings() };
    clients.update(&mut mine, "rp", Some(1), (public, true), NOW).await.unwrap();
    let mut theirs = Batch::new();
    clients.update(&mut theirs, "rp", Some(1), (settings(), false), NOW).await.unwrap();
    commit(&clients, mine).await.unwrap();
    assert!(matches!(commit(&clients, theirs).await, Err(ClientError::Changed)));
    assert!(matches!(clients.update(&mut Batch::new(), "rp", Some(1), (settings(), true), NOW).await, Err(ClientError::Changed)));
    let public = clients.find("rp").unwrap();
    assert!(public.settings().is_public() && public.is_enabled());

    let mut batch = Batch::new();
    clients.delete(&mut batch, "rp", NOW).await.unwrap();
    commit(&clients, batch).await.unwrap();
    assert!(clients.find("rp").is_none() && clients.list().await.unwrap().is_empty());
    assert!(matches!(clients.get("rp").await, Err(ClientError::Unknown)));
}
