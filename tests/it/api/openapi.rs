use db::Dialect;
use symbolon::http::Area;

use crate::support::TestApp;

db::on_every_database![every_call_of_the_api_is_described];

async fn every_call_of_the_api_is_described(on: Dialect) {
    let app = TestApp::new(on).await;
    let document = app.get("/openapi.json").await.json();
    for route in symbolon::routes().into_iter().filter(|r| r.area == Area::Api) {
        let method = route.method.as_str().to_lowercase();
        let described = &document["paths"][route.path][&method];
        assert!(described["summary"].is_string(), "{} {} has no summary", route.method, route.path);
    }
}
