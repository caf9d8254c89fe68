"""A client of the Enhanced Client or Proxy profile (SAML profiles 4.2): fetches a page of a service provider without a browser.

Arguments: the page, the endpoint of the identity provider, the name of the person. On standard input come the password and, line by line, headers
for the identity provider. Writes one JSON object: `status` and `page` of what it got in the end, or the `refused` status of the
identity provider and what it `told`.
"""

import base64
import http.cookiejar
import json
import sys
import urllib.error
import urllib.request
from xml.dom import minidom

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NEXT = "http://schemas.xmlsoap.org/soap/actor/next"
PAOS = "urn:liberty:paos:2003-08"
ECP = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp"


class OneHost(http.cookiejar.DefaultCookiePolicy):
    """Cookies of one service provider only. Here it is at `localhost`, which the usual policy takes for a domain of many."""

    def set_ok_domain(self, cookie, request):
        return True

    def return_ok_domain(self, cookie, request):
        return True

    def domain_return_ok(self, domain, request):
        return True


def opener():
    """A client with cookies of its own."""
    jar = http.cookiejar.CookieJar(OneHost())
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))


def only(node, space, name):
    """The one element of this name."""
    found = node.getElementsByTagNameNS(space, name)
    assert len(found) == 1, f"{len(found)} x {name}"
    return found[0]


def without_header(envelope):
    """What the service provider has to say to the client (4.2.3.2); the envelope then is for the identity provider."""
    header = only(envelope, SOAP, "Header")
    request = only(header, PAOS, "Request")
    assert request.getAttribute("service") == ECP, request.toxml()
    only(header, ECP, "Request")
    relay = header.getElementsByTagNameNS(ECP, "RelayState")
    state = "".join(node.data for node in relay[0].childNodes) if relay else None
    header.parentNode.removeChild(header)
    return request.getAttribute("responseConsumerURL"), state


def with_state(envelope, state):
    """The answer with the state of the service provider in place of what was for the client (4.2.3.5)."""
    header = only(envelope, SOAP, "Header")
    while header.firstChild:
        header.removeChild(header.firstChild)
    if state is not None:
        block = envelope.createElementNS(ECP, "ecp:RelayState")
        for name, value in (("xmlns:ecp", ECP), ("xmlns:s", SOAP), ("s:mustUnderstand", "1"), ("s:actor", NEXT)):
            block.setAttribute(name, value)
        block.appendChild(envelope.createTextNode(state))
        header.appendChild(block)


def fetch(page, endpoint, name, password, *more):
    """The page, by way of a sign-in."""
    there = opener()
    asked = {"Accept": "text/html, application/vnd.paos+xml", "PAOS": f'ver="{PAOS}";"{ECP}"'}
    request = minidom.parseString(there.open(urllib.request.Request(page, headers=asked)).read())
    consumer, state = without_header(request)
    basic = base64.b64encode(f"{name}:{password}".encode()).decode()
    headers = {"Content-Type": "text/xml", "Authorization": f"Basic {basic}"} | dict(line.split(": ", 1) for line in more)
    try:
        sent = urllib.request.Request(endpoint, request.documentElement.toxml().encode(), headers)
        answer = minidom.parseString(opener().open(sent).read())
    except urllib.error.HTTPError as refused:
        told = sorted(name for name in refused.headers if name.lower() not in ("date", "x-request-id"))
        challenge = refused.headers.get("WWW-Authenticate", "")
        return {"refused": refused.status, "challenge": challenge, "told": [told, refused.read().decode()]}
    # Or somebody who stands between us and the service provider would get the assertion (4.2.4.5).
    told = only(only(answer, SOAP, "Header"), ECP, "Response").getAttribute("AssertionConsumerServiceURL")
    assert told == consumer, f"{told} is not {consumer}"
    with_state(answer, state)
    posted = urllib.request.Request(consumer, answer.documentElement.toxml().encode(), {"Content-Type": "application/vnd.paos+xml"})
    try:
        got = there.open(posted)
    except urllib.error.HTTPError as problem:
        got = problem
    return {"status": got.status, "url": got.url, "page": got.read().decode()}


if __name__ == "__main__":
    json.dump(fetch(*sys.argv[1:4], *sys.stdin.read().splitlines()), sys.stdout)
