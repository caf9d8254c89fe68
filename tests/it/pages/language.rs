use db::Dialect;

use crate::support::{Browser, TestApp};

db::on_every_database![the_choice_is_remembered, it_is_no_open_redirect];

async fn the_choice_is_remembered(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut browser = Browser::with_cookie(&app);
    let answer = browser.post("/login/language", &[("lang", "de"), ("return_to", "/login/factor")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/login/factor"));
    assert!(answer.header("set-cookie").starts_with("symbolon_lang=de; Path=/; SameSite=Lax"));
    let page = browser.get("/nowhere").await;
    assert!(page.text.contains("<html lang=\"de\""), "{}", page.text);
}

async fn it_is_no_open_redirect(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut browser = Browser::with_cookie(&app);
    for target in ["https://evil.example/", "//evil.example/", "/\\evil.example"] {
        let answer = browser.post("/login/language", &[("lang", "de"), ("return_to", target)]).await;
        assert_eq!(answer.header("location"), "/", "{target}");
    }
}
