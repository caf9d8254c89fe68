//! A web application with samael: a page that demands a sign-in. Files are in the working directory; argument: the port.

mod service;

use std::collections::HashMap;
use std::io::Cursor;

use samael::schema::Assertion;
use service::{Failed, Service};
use tiny_http::{Header, Method, Request, Response, Server};
use url::form_urlencoded;

type Page = Response<Cursor<Vec<u8>>>;

struct Application {
    service: Service,
    people: HashMap<String, Assertion>,
}

fn main() -> Result<(), Failed> {
    let port = std::env::args().nth(1).ok_or("no port")?;
    let service = Service::new(&format!("http://localhost:{port}"))?;
    let mut application = Application { service, people: HashMap::new() };
    let server = Server::http(format!("127.0.0.1:{port}")).map_err(|e| e.to_string())?;
    for mut request in server.incoming_requests() {
        let answer = application.answer(&mut request).unwrap_or_else(|problem| {
            eprintln!("{problem:?}");
            page(403, &format!("<p id=\"problem\">{}</p>", escaped(&problem.to_string())))
        });
        request.respond(answer)?;
    }
    Ok(())
}

impl Application {
    fn answer(&mut self, request: &mut Request) -> Result<Page, Failed> {
        if *request.method() == Method::Post {
            let mut body = String::new();
            request.as_reader().read_to_string(&mut body)?;
            return self.take(&body);
        }
        let address = request.url().to_owned();
        match (address.split('?').next(), self.person(request)) {
            (Some("/metadata"), _) => Ok(Response::from_string(self.service.metadata()?)),
            (Some("/protected"), Some(person)) => Ok(page(200, &shown(person))),
            (Some("/protected" | "/login"), _) => {
                let to = self.service.login(address.contains("force"), address.contains("passive"))?;
                Ok(page(303, "").with_header(header("Location", &to)))
            }
            _ => Ok(page(404, "nothing is here")),
        }
    }

    fn take(&mut self, body: &str) -> Result<Page, Failed> {
        let form: HashMap<_, _> = form_urlencoded::parse(body.as_bytes()).collect();
        let person = self.service.acs(form.get("SAMLResponse").ok_or("no answer")?)?;
        let cookie = uuid::Uuid::new_v4().to_string();
        let set = header("Set-Cookie", &format!("notes={cookie}; Path=/; HttpOnly"));
        self.people.insert(cookie, person);
        Ok(page(303, "").with_header(header("Location", "/protected")).with_header(set))
    }

    fn person(&self, request: &Request) -> Option<&Assertion> {
        let cookies = request.headers().iter().find(|header| header.field.equiv("Cookie"))?;
        let cookie = cookies.value.as_str().split("; ").find_map(|one| one.strip_prefix("notes="))?;
        self.people.get(cookie)
    }
}

fn shown(person: &Assertion) -> String {
    let attribute = |name: &str| {
        let attributes = person.attribute_statements.iter().flatten().flat_map(|statement| &statement.attributes);
        let mut found = attributes.filter(|one| one.name.as_deref() == Some(name));
        found.next().and_then(|one| one.values.first()?.value.clone())
    };
    let name = person.subject.as_ref().and_then(|subject| subject.name_id.as_ref()).map(|name| name.value.clone());
    let statement = person.authn_statements.iter().flatten().next();
    let context = statement.and_then(|one| one.authn_context.as_ref()?.value.as_ref()?.value.clone());
    let all = [("name-id", name), ("email", attribute("email")), ("given-name", attribute("given_name")), ("context", context)];
    all.map(|(id, value)| format!("<p id=\"{id}\">{}</p>", escaped(&value.unwrap_or_default()))).concat()
}

fn page(status: u16, body: &str) -> Page {
    let page = Response::from_string(format!("<!doctype html><title>notes</title>{body}"));
    page.with_status_code(status).with_header(header("Content-Type", "text/html; charset=utf-8"))
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("a header")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
