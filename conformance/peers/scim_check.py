"""Tries a SCIM server: scim2-tester's checks, then the life of users and groups as scim2-client leads it.

Writes one JSON object: the outcome of every check. The token comes on standard input.
"""

import json
import sys
import warnings

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp
from scim2_models import PatchOperation
from scim2_models import SearchRequest
from scim2_tester import check_server


def tested(client):
    """Everything that scim2-tester finds out."""
    return [
        {
            "title": result.title,
            "resource": result.resource_type,
            "status": result.status.name,
            "reason": str(result.reason),
        }
        for result in check_server(client)
    ]


def lived(client):
    """What a provisioning program does; raises when an answer is not as the specification has it."""
    client.discover()
    User, Group = client.get_resource_model("User"), client.get_resource_model("Group")
    user = client.create(User(user_name="bjensen", active=True))
    assert user.id and user.meta.version and user.meta.location.endswith(user.id), user
    found = client.query(User, query_parameters=SearchRequest(filter='userName eq "BJENSEN"'))
    assert [one.id for one in found.resources] == [user.id], found
    operation = PatchOperation(op="replace", path="displayName", value="Barbara")
    changed = client.modify(User, user.id, PatchOp[User](operations=[operation]))
    assert changed.display_name == "Barbara" and changed.meta.version != user.meta.version, changed
    # The client sends the version that it has read: the old one is refused, the new one taken.
    user.display_name = "Late"
    refused = client.replace(user, raise_scim_errors=False)
    assert refused.status == 412, refused
    changed.nick_name = "Babs"
    changed = client.replace(changed)
    assert changed.nick_name == "Babs" and changed.display_name == "Barbara", changed
    again = client.create(User(user_name="BJensen"), raise_scim_errors=False)
    assert (again.status, again.scim_type) == (409, "uniqueness"), again
    group = client.create(Group(display_name="Staff", members=[{"value": user.id, "type": "User"}]))
    assert group.members[0].value == user.id, group
    member = client.query(User, user.id)
    assert [one.display for one in member.groups] == ["Staff"], member
    bulk = bulk_of(client, User, Group)
    client.delete(Group, group.id)
    client.delete(User, user.id)
    gone = client.query(User, user.id, raise_scim_errors=False)
    assert gone.status == 404, gone
    return bulk


def bulk_of(client, User, Group):
    """A group whose member is made in the same request."""
    operations = [
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bulk", "members": [{"value": "bulkId:u"}]}},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bulk"}},
    ]
    request = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    answer = client.client.post("/Bulk", json=request)
    assert answer.status_code == 200, answer.text
    statuses = [one["status"] for one in answer.json()["Operations"]]
    assert statuses == ["201", "201"], answer.text
    return statuses


def main():
    warnings.simplefilter("ignore")
    base, token = sys.argv[1], sys.stdin.read().strip()
    http = Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    results = tested(SyncSCIMClient(http))
    lived(SyncSCIMClient(http))
    json.dump(results, sys.stdout)


main()
