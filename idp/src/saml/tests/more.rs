//! What only some parties want of an answer.

use db::Dialect;
use gamlastan::crypto::keys::loader;
use gamlastan::crypto::{KeyUsage, KeysManager, SamlDecryptor};

use super::super::Begun;
use super::super::names::algorithm;
use super::sso::Bench;
use super::{ENTITY, Party, request};
use crate::party::sp::{Encrypt, EncryptionKey, Metadata, Settings, SubjectId};
use crate::saml::Recipient;

const PAIRWISE: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
const PUBLIC: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";

/// The values of an attribute in a response.
fn values(xml: &str, name: &str) -> Vec<String> {
    let Some(from) = xml.find(&format!("Name=\"{name}\"")) else { return Vec::new() };
    let attribute = &xml[from..from + xml[from..].find("</saml:Attribute>").unwrap()];
    let value = |part: &str| part.split('<').next().unwrap().to_owned();
    attribute.split("<saml:AttributeValue>").skip(1).map(value).collect()
}

async fn answered(settings: Settings) -> (Bench, String) {
    let bench = Bench::new(settings).await;
    let xml = bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    (bench, xml)
}

fn asking(value: &str) -> String {
    let extensions = format!(
        "<md:Extensions><a:EntityAttributes xmlns:a=\"urn:oasis:names:tc:SAML:metadata:attribute\"><saml:Attribute \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"urn:oasis:names:tc:SAML:profiles:subject-id:req\">\
         <saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute></a:EntityAttributes></md:Extensions><md:SPSSODescriptor"
    );
    Party::ec().metadata("", "").replacen("<md:SPSSODescriptor", &extensions, 1)
}

#[test]
fn metadata_asks_for_identifiers() {
    for (value, expected) in [
        ("subject-id", SubjectId::Public),
        ("pairwise-id", SubjectId::Pairwise),
        ("any", SubjectId::Pairwise),
        ("none", SubjectId::Never),
        ("more", SubjectId::Never),
    ] {
        assert_eq!(Metadata::read(&asking(value)).unwrap().standing.subject_id, Some(expected), "{value}");
    }
}

#[tokio::test]
async fn identifiers_are_given_where_they_are_wanted() {
    let (_, xml) = answered(Settings::default()).await;
    assert_eq!((values(&xml, PAIRWISE), values(&xml, PUBLIC)), (vec![], vec![]));
    let (bench, xml) = answered(Settings { subject_id: SubjectId::Pairwise, ..Settings::default() }).await;
    let pairwise = values(&xml, PAIRWISE);
    let (unique, scope) = pairwise[0].split_once('@').unwrap();
    assert!(scope == "id.example" && unique.len() == 40 && unique.bytes().all(|b| b.is_ascii_alphanumeric()), "{pairwise:?}");
    assert!(bench.provider.metadata(super::sso::NOW).unwrap().contains(">id.example</shibmd:Scope>"));
    let (_, again) = answered(Settings { subject_id: SubjectId::Pairwise, ..Settings::default() }).await;
    assert_eq!(values(&again, PAIRWISE), pairwise, "the same every time");
    let (_, xml) = answered(Settings { subject_id: SubjectId::Public, ..Settings::default() }).await;
    let public = values(&xml, PUBLIC);
    assert!(public[0].ends_with("@id.example") && public[0] != pairwise[0] && public[0].len() == 26 + 11, "{public:?}");
}

#[tokio::test]
async fn each_factor_is_told_where_that_is_wanted() {
    let (_, xml) = answered(Settings::default()).await;
    assert_eq!(values(&xml, "authn_factors"), Vec::<String>::new());
    let (_, xml) = answered(Settings { authn_factors: true, ..Settings::default() }).await;
    assert_eq!(values(&xml, "authn_factors"), ["pwd 2023-11-14T22:13:20Z", "otp 2023-11-14T22:13:20Z"]);
}

#[tokio::test]
async fn a_name_in_a_request_counts_only_without_another() {
    let bench = Bench::new(Settings::default()).await;
    let named = "ProviderName=\"Your bank\"";
    assert_eq!(bench.sign_in(named, "").party.name, "Field Notes");
    let mut batch = db::Batch::new();
    let bare = bench.party.metadata("", "").replace("<ui:DisplayName xml:lang=\"en\">Field Notes</ui:DisplayName>", "");
    let present = bench.provider.sps.get("notes").await.unwrap();
    let at = ("notes", present.version);
    bench.provider.sps.update(&mut batch, at, (present.settings, true), Some(bare), super::sso::NOW).await.unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.sps.reload().await.unwrap();
    assert_eq!(bench.sign_in(named, "").party.name, "Your bank");
    assert_eq!(bench.sign_in("ProviderName=\"a&#10;b\"", "").party.name, ENTITY);
    let scoped = "<samlp:Scoping ProxyCount=\"1\"><samlp:RequesterID>urn:other</samlp:RequesterID></samlp:Scoping>";
    assert!(matches!(bench.post(&request("_s", "", scoped)), Ok(Begun::SignIn(_))), "tolerated");
}

#[tokio::test]
async fn weak_encryption_is_for_those_who_are_set_up_for_it() {
    let party = Party::rsa();
    let methods = vec![algorithm::AES128_CBC.to_owned(), algorithm::OAEP_MGF1P.to_owned()];
    let key = EncryptionKey { der: party.certificate.clone(), methods };
    assert!(Recipient::of(std::slice::from_ref(&key), false).is_none());
    let recipient = Recipient::of(&[key], true).unwrap();
    assert!(recipient.is_cbc());
    let encrypted = recipient.encrypt(&kernel::Entropy::seeded(1), "<a>secret</a>").unwrap();
    assert!(encrypted.contains(algorithm::AES128_CBC));
    let mut loaded = loader::load_pem_auto(&party.key.private_key_to_pem_pkcs8().unwrap(), None).unwrap();
    loaded.usage = KeyUsage::Any;
    let mut keys = KeysManager::new();
    keys.add_key(loaded);
    let data = &encrypted[encrypted.find("<xenc:EncryptedData ").unwrap()..encrypted.find("</saml:EncryptedAssertion>").unwrap()];
    let opened = SamlDecryptor::new(keys).decrypt(data).unwrap();
    assert!(opened.contains("<a>secret</a>"), "{opened}");
    // Whoever names something better gets that.
    let both = EncryptionKey { der: party.certificate.clone(), methods: Vec::new() };
    assert!(!Recipient::of(&[both], true).unwrap().is_cbc());
    let settings = Settings { encrypt: Encrypt::Always, allow_cbc: true, ..Settings::default() };
    let bench = Bench::with(Dialect::Sqlite, settings, "", "").await;
    assert!(bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap()).contains(algorithm::AES256_GCM));
}
