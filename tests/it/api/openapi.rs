use symbolon::http::Area;

use crate::support::TestApp;

#[tokio::test]
async fn every_call_of_the_api_is_described() {
    let app = TestApp::new().await;
    let document = app.get("/openapi.json").await.json();
    for route in symbolon::routes().into_iter().filter(|r| r.area == Area::Api) {
        let method = route.method.as_str().to_lowercase();
        let described = &document["paths"][route.path][&method];
        assert!(described["summary"].is_string(), "{} {} has no summary", route.method, route.path);
    }
}
