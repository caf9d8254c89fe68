//! Mail to people, received by a mail server and read by parsers that are not ours.

use std::time::Duration;

use conformance::Server;
use conformance::server::Options;
use conformance::smtp::{self, LOGIN, Sink, header};
use kernel::clock::Stopwatch;
use serde_json::{Value, json};

async fn server_with(sink: &Sink) -> Server {
    Server::start_with(Options { env: sink.environment(), ..Options::default() }).await
}

/// The findings of the doctor in this state, run with further arguments.
fn findings(server: &Server, args: &[&str], state: &str) -> String {
    let output = server.cli(&[&["doctor", "--json"], args].concat(), None);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Value = serde_json::from_str(text.lines().next().unwrap_or_default()).unwrap_or_else(|_| panic!("{text}"));
    let all = said["findings"].as_array().unwrap_or_else(|| panic!("{text}")).iter().filter(|found| found["state"] == state);
    all.map(|found| format!("{} -> {}", found["what"], found["mend"])).collect::<Vec<_>>().join("\n")
}

/// A call of the API with JSON and headers of one's own.
async fn call(server: &Server, path: &str, authorization: &str, language: &str, body: Value) -> Value {
    let request = conformance::server::client().post(server.at(path)).json(&body);
    let request = request.header("Authorization", authorization).header("Accept-Language", language);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_factor_reaches_its_owner_over_starttls() {
    let sink = Sink::start(smtp::Options { tls: "starttls", login: true, ..smtp::Options::default() }).await;
    let mut env = sink.environment();
    env.push(("SYMBOLON__METRICS__TOKEN".to_owned(), "look".to_owned()));
    let server = Server::start_with(Options { env, ..Options::default() }).await;
    server.add_person("demo", "a-Demo-password-77");
    let admin = server.admin().await;
    let token = server.enrol(&admin, "hotp", "demo", "1234").await;
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!((&mail["tls"], &mail["login"], &mail["hello"]), (&json!(true), &json!(LOGIN.0), &json!("localhost")), "{mail}");
    assert_eq!((&mail["from"], &mail["recipients"]), (&json!("no-reply@login.example.org"), &json!(["dana@example.org"])));
    assert_eq!((&mail["defects"], &mail["ascii"]), (&json!([]), &json!(true)), "{mail}");
    assert_eq!(mail["parts"], json!(["multipart/alternative", "text/plain", "text/html"]));
    assert_eq!(header(&mail, "Subject"), "A factor was added to your account (Symbolon)");
    assert_eq!(header(&mail, "From"), "Symbolon <no-reply@login.example.org>");
    assert_eq!(header(&mail, "To"), "Dana Demo <dana@example.org>");
    assert_eq!(header(&mail, "Reply-To"), "Help desk <help@example.org>");
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    let id = header(&mail, "Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@login.example.org>") && !header(&mail, "Date").is_empty(), "{mail}");
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    for part in [token.serial.as_str(), "demo", "An administrator did this.", "UTC"] {
        assert!(text.contains(part) && html.contains(part), "{part}: {text}");
    }
    assert_eq!(mail["links"], json!([server.at("/factors")]));
    assert!(text.contains(&server.at("/factors")));

    // In the language that a person speaks where it happens, from where it happens.
    let form = [("username", "demo"), ("password", "a-Demo-password-77")];
    let signed_in = server.post("/auth", None, &form).await;
    let own = signed_in["result"]["value"]["token"].as_str().unwrap_or_else(|| panic!("{signed_in}"));
    let disabled = call(&server, "/token/disable", own, "de-AT", json!({ "serial": token.serial })).await;
    assert_eq!(disabled["result"]["value"], 1, "{disabled}");
    let mail = sink.wait_for(2).await.remove(1);
    assert_eq!(header(&mail, "Subject"), "Ein Faktor wurde ausgeschaltet (Symbolon)");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Guten Tag Dana Demo") && text.contains("127.0.0.1") && text.contains("Art: Codegenerator"), "{text}");

    // The metrics tell what became of them, without names.
    let metrics = conformance::server::client().get(server.at("/metrics")).header("Authorization", "Bearer look");
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    for notice in ["factor_added", "factor_disabled"] {
        let line = format!("symbolon_notices_total{{notice=\"{notice}\",outcome=\"sent\"}} 1");
        assert!(metrics.contains(&line) && !metrics.contains("dana"), "{metrics}");
    }
    assert!(metrics.contains("symbolon_outbox_waiting"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_is_wrong_with_mail() {
    let sink = Sink::start(smtp::Options { tls: "starttls", login: true, ..smtp::Options::default() }).await;
    let server = server_with(&sink).await;
    let good = findings(&server, &["--mail-to", "operator@example.org"], "ok");
    assert!(good.contains("answers over TLS and accepts our login") && good.contains("operator@example.org"), "{good}");
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!((&mail["to"], header(&mail, "Subject")), (&json!(["operator@example.org"]), "Mail works (Symbolon)"));
    let other = Sink::absent(smtp::Options::default());
    let (ca, closed) = (format!("mail.ca_file={}", other.authority().display()), format!("mail.port={}", other.port()));
    for (setting, stage, mend) in [
        ("mail.host=no-such-name.invalid", "finding the mail server", "mail.host"),
        (closed.as_str(), "connecting to the mail server", "mail.port"),
        (ca.as_str(), "protecting the connection", "mail.ca_file"),
        ("mail.host=127.0.0.1", "protecting the connection", "certificate"),
        ("mail.password=wrong", "signing in at the mail server: refused with 535", "mail.password"),
    ] {
        let wrong = findings(&server, &["--set", setting], "wrong");
        assert!(wrong.contains(stage) && wrong.contains(mend), "{setting}: {wrong}");
        assert!(!wrong.contains(LOGIN.1), "{wrong}");
    }
    let none = findings(
        &server,
        &["--set", "mail.host=", "--set", "mail.from=", "--set", "mail.user=", "--set", "mail.password="],
        "warning",
    );
    assert!(none.contains("no mail server is configured"), "{none}");
    // TLS from the first byte, and none at all on this machine.
    let implicit = Sink::start(smtp::Options { tls: "implicit", login: true, ..smtp::Options::default() }).await;
    let set = |sink: &Sink, tls: &str| {
        let values = [
            format!("mail.port={}", sink.port()),
            format!("mail.tls={tls}"),
            format!("mail.ca_file={}", sink.authority().display()),
        ];
        values.into_iter().flat_map(|value| ["--set".to_owned(), value]).collect::<Vec<_>>()
    };
    let with = |args: Vec<String>, state: &str| findings(&server, &args.iter().map(String::as_str).collect::<Vec<_>>(), state);
    assert!(with(set(&implicit, "implicit"), "ok").contains("answers over TLS and accepts our login"));
    // A server without STARTTLS is not talked to, and one that speaks TLS at once is recognised.
    let plain = Sink::start(smtp::Options::default()).await;
    assert!(with(set(&plain, "starttls"), "wrong").contains("does not offer STARTTLS"));
    assert!(with(set(&plain, "implicit"), "wrong").contains("protecting the connection"));
    assert!(with(set(&implicit, "starttls"), "wrong").contains("no answer in time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_delays_mail_and_nothing_else() {
    let mut sink = Sink::absent(smtp::Options { tls: "starttls", ..smtp::Options::default() });
    let mut server = server_with(&sink).await;
    server.add_person("demo", "a-Demo-password-77");
    // Somebody listens, and never says a word.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", sink.port())).await.unwrap();
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            held.push(stream);
        }
    });
    let admin = server.admin().await;
    let begun = Stopwatch::start();
    for _ in 0..3 {
        server.enrol(&admin, "hotp", "demo", "1234").await;
        let check = server.post("/validate/check", None, &[("user", "demo"), ("pass", "1234000000")]).await;
        assert_eq!(check["result"]["value"], false, "{check}");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(4), "three enrolments and checks beside a silent mail server took {took:?}");
    while !server.log().contains("not delivered yet") {
        assert!(begun.elapsed() < Duration::from_secs(60), "no attempt was given up:\n{}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    held.abort();
    let _ = held.await;
    // Nothing is lost with the process either.
    server.kill();
    server.run().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    sink.run().await;
    let mails = sink.wait_for(3).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(sink.mails().len(), 3, "each is delivered once");
    let mut ids: Vec<&str> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_do_no_harm() {
    let sink = Sink::start(smtp::Options::default()).await;
    let server = server_with(&sink).await;
    let admin = server.admin().await;
    let hostile =
        "Eve\r\nBcc: all@example.org\r\n\r\n<script src=https://evil.example/x></script><a href='https://evil.example'>\u{202e}";
    let add = |name: &str, email: &str| {
        let body = json!({
            "user": name, "password": "a-Password-1", "resolver": "internal", "email": email, "givenname": hostile, "surname": hostile,
        });
        call(&server, "/user/", &admin, "en", body)
    };
    let enrol = |name: &str| {
        let body = json!({"type": "totp", "genkey": 1, "user": name, "description": hostile});
        call(&server, "/token/init", &admin, "en", body)
    };
    // No address at all, none that can be used, one that tries to add a recipient.
    for (name, email) in [
        ("none", ""),
        ("bad", "not an address"),
        ("sly", "dana@example.org>\r\nRCPT TO:<all@example.org"),
        ("list", "dana@example.org, all@example.org"),
    ] {
        assert_eq!(add(name, email).await["result"]["status"], true);
        assert_eq!(enrol(name).await["result"]["status"], true);
    }
    assert_eq!(add("eve", "eve@example.org").await["result"]["status"], true);
    assert_eq!(enrol("eve").await["result"]["status"], true);
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!((&mail["recipients"], &mail["to"]), (&json!(["eve@example.org"]), &json!(["eve@example.org"])));
    let names: Vec<&str> = mail["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    assert!(!names.contains(&"Bcc") && names.len() == 9, "{names:?}");
    assert_eq!((&mail["defects"], mail["parts"].as_array().unwrap().len()), (&json!([]), 3));
    assert_eq!(mail["links"], json!([server.at("/factors")]));
    let tags = mail["tags"].as_array().unwrap();
    assert!(tags.contains(&json!("bdi")) && !tags.contains(&json!("script")), "{tags:?}");
    let text = mail["text"].as_str().unwrap();
    assert!(!text.contains("\nBcc") && !text.contains('\u{202e}'), "{text}");
    // Those without a usable address got nothing, and the help desk finds who.
    let rows = server.get("/audit/?action=notice&page_size=50", Some(&admin)).await;
    let rows = rows["result"]["value"]["auditdata"].as_array().unwrap().clone();
    let mut users: Vec<&str> = rows.iter().map(|row| row["user"].as_str().unwrap()).collect();
    users.sort_unstable();
    assert_eq!(users, ["bad", "list", "sly"], "{rows:?}");
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_given_up_and_holds_up_nobody() {
    let sink = Sink::start(smtp::Options { refuse: vec!["dana@example.org"], ..smtp::Options::default() }).await;
    let server = server_with(&sink).await;
    server.add_person("demo", "a-Demo-password-77");
    let admin = server.admin().await;
    server.enrol(&admin, "hotp", "demo", "1234").await;
    let other = json!({"user": "other", "password": "a-Password-1", "resolver": "internal", "email": "other@example.org"});
    call(&server, "/user/", &admin, "en", other).await;
    server.enrol(&admin, "hotp", "other", "1234").await;
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!(mail["recipients"], json!(["other@example.org"]));
    let rows = server.get("/audit/?action=notice", Some(&admin)).await;
    let row = &rows["result"]["value"]["auditdata"][0];
    assert_eq!((&row["user"], &row["success"]), (&json!("demo"), &json!(0)), "{rows}");
    let info = row["info"].as_str().unwrap();
    assert!(info.contains("550") && !info.contains("dana@example.org"), "{info}");
    assert!(!server.log().contains("dana@example.org"), "addresses stay out of the log");
    assert!(server.cli(&["audit", "verify"], None).status.success());
}
