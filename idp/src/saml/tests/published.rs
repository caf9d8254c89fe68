//! Our own metadata.

use kernel::Timestamp;

use super::sso::{Bench, NOW, between};
use crate::party::sp::Settings;

#[tokio::test]
async fn our_metadata_is_signed_and_names_every_key() {
    let bench = Bench::new(Settings::default()).await;
    let xml = bench.provider.metadata(NOW).unwrap();
    assert!(bench.is_ours(&xml));
    assert_eq!(xml.matches("<md:KeyDescriptor ").count(), 2);
    assert!(
        xml.contains("entityID=\"https://id.example/saml/metadata\"") && xml.contains("Location=\"https://id.example/saml/sso\"")
    );
}

#[tokio::test]
async fn our_metadata_is_signed_once_a_minute_and_when_a_key_changes() {
    let bench = Bench::new(Settings::default()).await;
    let at = |seconds: i64| bench.provider.metadata(Timestamp(NOW.0 + seconds * 1_000_000)).unwrap();
    let first = at(0);
    assert_eq!(at(59), first);
    let second = at(60);
    assert!(second != first && bench.is_ours(&second));
    assert!(between(&first, "validUntil=\"", "\"") < between(&second, "validUntil=\"", "\""));
    bench.provider.ring.announce(keys::Use::Saml, keys::Successor::Announced, &keys::Unnoted).await.unwrap();
    let announced = at(60);
    assert_eq!(announced.matches("<md:KeyDescriptor ").count(), 4);
    // The same certificates, but another one signs.
    bench.provider.ring.rotate_now(keys::Use::Saml, keys::Successor::Announced, &keys::Unnoted).await.unwrap();
    let rotated = at(60);
    assert!(rotated != announced && bench.is_ours(&rotated));
    let signer = |xml: &str| between(xml, "<ds:X509Certificate>", "<").to_owned();
    assert_ne!(signer(&rotated), signer(&announced));
}
