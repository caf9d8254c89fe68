"""A web application around a module `service` in the working directory, which a guide prints: a page that demands a sign-in.

Arguments: the port. The module has metadata(), login(force, passive) and acs(form); perhaps ask(name), which asks for attributes from server
to server.
"""

import html
import http.server
import json
import secrets
import sys
import traceback
import urllib.parse

sys.path.insert(0, ".")
import service

PEOPLE = {}
NAMES = {"email": ("mail", "email"), "given-name": ("givenName", "given_name")}


def page(known):
    shown = {"name-id": known["name_id"], "context": known["context"]}
    for element, names in NAMES.items():
        found = [known["attributes"][name] for name in names if name in known["attributes"]]
        shown[element] = ",".join(found[0]) if found else ""
    return "".join(f'<p id="{element}">{html.escape(value)}</p>' for element, value in shown.items())


class Handler(http.server.BaseHTTPRequestHandler):
    def say(self, status, body="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def show(self, status, body):
        self.say(status, f"<!doctype html><title>notes</title>{body}", Content_Type="text/html; charset=utf-8")

    def person(self):
        cookies = self.headers.get("Cookie", "").split("; ")
        return PEOPLE.get(next((c.removeprefix("notes=") for c in cookies if c.startswith("notes=")), ""))

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/metadata":
            return self.say(200, service.metadata(), Content_Type="application/samlmetadata+xml")
        if url.path == "/protected" and self.person():
            return self.show(200, page(self.person()))
        if url.path == "/ask" and self.person():
            return self.ask(self.person()["name"])
        if url.path in ("/protected", "/login"):
            return self.say(303, Location=service.login("force" in asked, "passive" in asked))
        self.show(404, "nothing is here")

    def ask(self, name):
        try:
            self.show(200, f'<p id="asked">{html.escape(json.dumps(service.ask(name)))}</p>')
        except Exception as problem:
            self.show_problem(problem)

    def show_problem(self, problem):
        traceback.print_exc()
        self.show(403, f'<p id="problem">{html.escape(f"{type(problem).__name__}: {problem}")}</p>')

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        try:
            known = service.acs(form)
        except Exception as problem:
            return self.show_problem(problem)
        cookie = secrets.token_urlsafe()
        PEOPLE[cookie] = known
        self.say(303, Location="/protected", Set_Cookie=f"notes={cookie}; Path=/; HttpOnly")


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
