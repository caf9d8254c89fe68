# Makes the databases of a domain controller in the directory that is named, without any privilege.
import logging
import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.provision import provision

provision(
    logging.getLogger(), system_session(), targetdir=sys.argv[1], realm="AD.EXAMPLE.ORG", domain="ADX", hostname="dc1",
    hostip="127.0.0.1", adminpass=sys.argv[2], serverrole="active directory domain controller", dns_backend="NONE",
    dom_for_fun_level=4, lp=LoadParm(), skip_sysvolacl=True)
