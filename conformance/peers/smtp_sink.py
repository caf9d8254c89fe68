"""A mail server that keeps what it is given: aiosmtpd receives, Python's own parsers read.

Each message becomes a file NNN.json in the directory that --out names, written at once. Ends when it is killed.
"""

import argparse
import asyncio
import email
import email.policy
import html.parser
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Page(html.parser.HTMLParser):
    """The tags of a page and where its links lead."""

    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src", "action")]


def read(content):
    """What an ordinary reader of mail makes of a message."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    parsed = Page()
    parsed.feed(page.get_content() if page else "")
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [str(defect) for part in message.walk() for defect in part.defects]
        + [str(defect) for _, value in message.items() for defect in getattr(value, "defects", [])],
        "parts": [part.get_content_type() for part in message.walk()],
        "to": [str(address.addr_spec) for address in message["to"].addresses],
        "text": text.get_content() if text else None,
        "html": page.get_content() if page else None,
        "tags": parsed.tags,
        "links": parsed.links,
        "ascii": content.isascii(),
    }


class Sink:
    """Takes everything but what it was told to refuse."""

    def __init__(self, options):
        self.options, self.count = options, 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.options.refuse:
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        known = {
            "from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "hello": session.host_name,
            "login": session.auth_data.login.decode() if session.auth_data else None,
        }
        path = os.path.join(self.options.out, f"{self.count:03}.json")
        with open(path + ".part", "w") as file:
            json.dump(known | read(envelope.content), file)
        os.rename(path + ".part", path)
        return "250 OK"


def authenticator(user, password):
    """Accepts one login."""

    def check(server, session, envelope, mechanism, data):
        right = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=right, auth_data=data, handled=False)

    return check


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], required=True)
    arguments.add_argument("--certificate")
    arguments.add_argument("--key")
    arguments.add_argument("--user")
    arguments.add_argument("--password")
    arguments.add_argument("--refuse", action="append", default=[])
    arguments.add_argument("--out", required=True)
    options = arguments.parse_args()
    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    settings = {"hostname": "sink.example.org"}
    if options.tls == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if options.user:
        settings |= {
            "authenticator": authenticator(options.user, options.password),
            "auth_required": True,
            # Implicit TLS is not seen as TLS by the server itself.
            "auth_require_tls": options.tls == "starttls",
        }
    sink = Sink(options)
    outer = context if options.tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, **settings), "127.0.0.1", options.port, ssl=outer
    )
    await server.serve_forever()


asyncio.run(main())
