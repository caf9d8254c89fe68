use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![settings_are_set_and_forgotten];

async fn settings_are_set_and_forgotten(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/system/setConfig", &[("splitAtSign", "False")]).await.ok();
    let shown = api.get("/system/splitAtSign").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    api.delete("/system/splitAtSign").await.ok();
}
