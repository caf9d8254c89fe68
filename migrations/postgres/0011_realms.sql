-- Nodes that have served from this database.
CREATE TABLE node (
    name VARCHAR(100) NOT NULL,
    seen_at BIGINT NOT NULL,
    CONSTRAINT node_pk PRIMARY KEY (name)
);

-- Mail domains whose people are at home in a realm, in lower case.
CREATE TABLE realm_domain (
    domain VARCHAR(253) NOT NULL,
    realm_id VARCHAR(26) NOT NULL,
    CONSTRAINT realm_domain_pk PRIMARY KEY (domain)
);
CREATE INDEX realm_domain_realm ON realm_domain (realm_id);
