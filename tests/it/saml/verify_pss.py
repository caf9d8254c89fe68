"""Verifies every signature in documents, which must be RSA-PSS with SHA-256, with signxml; and sees that it minds a change.

Arguments: a certificate in DER, then files. Prints for each file the local names of the elements that are signed.
"""

import copy
import sys

from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml import SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
EXPECTED = SignatureConfiguration(location="./", signature_methods=frozenset({SignatureMethod.SHA256_RSA_MGF1}))


def verified(element, certificate):
    return XMLVerifier().verify(element, x509_cert=certificate, id_attribute="ID", expect_config=EXPECTED).signed_xml


def must_fail(element, certificate, change):
    changed = copy.deepcopy(element)
    change(changed)
    try:
        verified(changed, certificate)
    except (InvalidDigest, InvalidSignature):
        return
    raise SystemExit("signxml accepts anything")


def other_id(element):
    element.set("ID", element.get("ID")[:-1] + "z")
    next(element.iter("{*}Reference")).set("URI", "#" + element.get("ID"))


def other_value(element):
    value = next(element.iter("{*}SignatureValue"))
    value.text = value.text[:10] + ("A" if value.text[10] != "A" else "B") + value.text[11:]


with open(sys.argv[1], "rb") as file:
    certificate = load_der_x509_certificate(file.read())
for name in sys.argv[2:]:
    signed = [signature.getparent() for signature in etree.parse(name).iter(SIGNATURE)]
    for element in signed:
        assert verified(element, certificate).get("ID") == element.get("ID")
        must_fail(element, certificate, lambda one: one.set("Version", "3.0"))
        must_fail(element, certificate, other_id)
        must_fail(element, certificate, other_value)
    print(*(etree.QName(element).localname for element in signed))
