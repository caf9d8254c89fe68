use crate::support::{Api, TestApp};

#[tokio::test]
async fn settings_are_set_and_forgotten() {
    let app = TestApp::new().await;
    let api = Api::admin(&app).await;
    api.post("/system/setConfig", &[("splitAtSign", "False")]).await.ok();
    let shown = api.get("/system/splitAtSign").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    api.delete("/system/splitAtSign").await.ok();
}
