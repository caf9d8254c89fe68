use axum::body::Body;
use db::Dialect;

use crate::support::{TestApp, request};

db::on_every_database![every_asset_is_served_forever_and_compressed];

async fn every_asset_is_served_forever_and_compressed(on: Dialect) {
    let app = TestApp::new(on).await;
    for asset in templates::assets() {
        let answer = app.get(&asset.path).await;
        assert_eq!(answer.status, 200, "{}", asset.path);
        assert_eq!(answer.header("content-type"), asset.content_type);
        assert!(answer.header("cache-control").contains("immutable"));
        let again = request("GET", &asset.path).header("if-none-match", answer.header("etag")).body(Body::empty()).unwrap();
        assert_eq!(app.send(again).await.status, 304);
    }
    let gzip = request("GET", templates::asset_url("style.css")).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    assert_eq!(app.send(gzip).await.header("content-encoding"), "gzip");
    assert_eq!(app.get("/assets/passwd").await.status, 404);
}
