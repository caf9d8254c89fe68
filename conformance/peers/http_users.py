"""People behind an HTTP API: a token, look-ups, a list in pages, groups and passwords. Prints a line for each request."""

import http.server
import json
import sys
import urllib.parse

PEOPLE = {
    "1": {"no": 1, "login": "hans", "name": {"first": "Hans"}, "mail": "hans@example.org", "password": "ge&heim\"=1"},
    "2": {"no": 2, "login": "eva", "name": {"first": "Eva"}, "mail": "eva@example.org", "password": "anders"},
}
ACCOUNT = {"name": "svc", "secret": "s&cret"}


class Handler(http.server.BaseHTTPRequestHandler):
    def say(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        pass

    def word(self):
        length = int(self.headers.get("Content-Length", 0))
        return self.rfile.read(length).decode()

    def do_POST(self):
        print("POST", self.path, flush=True)
        word = self.word()
        if self.path == "/token":
            given = dict(urllib.parse.parse_qsl(word))
            known = given == {"grant_type": "client_credentials", **ACCOUNT}
            return self.say(200 if known else 401, {"access_token": "t0ken", "expires_in": 300} if known else {"error": "invalid_client"})
        if self.headers.get("Authorization") != "Bearer t0ken":
            return self.say(401, {})
        if self.path == "/login":
            given = json.loads(word)
            person = PEOPLE.get(given.get("id"))
            return self.say(200, {"ok": bool(person) and person["password"] == given.get("password")})
        if self.path == "/customer":
            found = [p for p in PEOPLE.values() if p["login"] == json.loads(word).get("customer")]
            return self.say(200, {"data": self.shown(found[0])} if found else {"success": False})
        self.say(404, {})

    def shown(self, person):
        return {key: value for key, value in person.items() if key != "password"}

    def do_GET(self):
        print("GET", self.path, flush=True)
        if self.headers.get("Authorization") != "Bearer t0ken":
            return self.say(401, {})
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        if parts == ["people"] and "login" in asked:
            return self.say(200, [self.shown(p) for p in PEOPLE.values() if p["login"] == asked["login"]])
        if parts == ["people"]:
            return self.say(200, {"people": [self.shown(p) for p in PEOPLE.values()]})
        if len(parts) == 2 and parts[1] in PEOPLE:
            return self.say(200, self.shown(PEOPLE[parts[1]]))
        if len(parts) == 3 and parts[1] in PEOPLE and parts[2] == "groups":
            return self.say(200, [{"title": "staff"}])
        self.say(404, {"message": "nobody"})


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()
