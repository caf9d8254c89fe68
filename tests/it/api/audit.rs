use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![the_log_is_searched_and_exported, people_see_their_own_entries_and_export_nothing];

async fn the_log_is_searched_and_exported(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.get("/realm/").await.ok();
    symbolon::jobs::run_once(&app.app).await.unwrap();
    let found = api.get("/audit/?action=*realm*&page_size=5").await.ok();
    let row = &found["auditdata"][0];
    assert_eq!((row["administrator"].as_str(), row["action"].as_str()), (Some("admin"), Some("GET /realm")));
    assert_eq!((row["sig_check"].as_str(), row["missing_line"].as_str()), (Some("OK"), Some("OK")));
    assert!(found["count"].as_u64().unwrap() >= 1 && found["auditcolumns"].as_array().unwrap().len() > 20);
    let csv = api.get("/audit/all.csv?timelimit=1h").await;
    assert_eq!((csv.status.as_u16(), csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(csv.text.starts_with("'") && csv.text.contains("GET /realm") && csv.text.lines().count() > 2, "{}", csv.text);
    assert_eq!(api.get("/audit/?timelimit=soon").await.error(), (400, 905));
}

async fn people_see_their_own_entries_and_export_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    Api::admin(&app).await.get("/user/?username=hans").await.ok();
    let hans = Api::sign_in(&app, "hans", crate::support::PASSWORD).await;
    let found = hans.get("/audit/?user=*&administrator=*").await.ok();
    assert!(found["auditdata"].as_array().unwrap().iter().all(|row| row["user"] == "hans"), "{found}");
    assert_eq!(hans.get("/audit/all.csv").await.error(), (401, 4306));
    assert!(!found.to_string().contains(crate::support::PASSWORD));
}
