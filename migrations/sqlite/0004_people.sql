-- Realms: views over resolvers. number is the id of the wire format; a name is stored in lower case.
CREATE TABLE realm (
    id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    is_default BOOLEAN NOT NULL,
    CONSTRAINT realm_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX realm_name ON realm (name);

-- Which resolvers a realm looks into; node is empty for all nodes, priority NULL comes last.
CREATE TABLE realm_resolver (
    realm_id VARCHAR(26) NOT NULL,
    resolver_id VARCHAR(26) NOT NULL,
    node VARCHAR(100) NOT NULL,
    priority BIGINT,
    CONSTRAINT realm_resolver_pk PRIMARY KEY (realm_id, resolver_id, node)
);
CREATE INDEX realm_resolver_resolver ON realm_resolver (resolver_id);

-- Where people live. number is the id of the wire format; params is a JSON object; values of secret parameters are sealed.
CREATE TABLE resolver (
    id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    name_folded VARCHAR(255) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    params TEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT resolver_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX resolver_name ON resolver (name_folded);

-- A person: (resolver, uid) has one identifier for ever. uid_key is uid, or its digest when it is long.
CREATE TABLE person (
    id VARCHAR(26) NOT NULL,
    resolver_id VARCHAR(26) NOT NULL,
    uid_key VARCHAR(255) NOT NULL,
    uid TEXT NOT NULL,
    login VARCHAR(255) NOT NULL,
    disabled BOOLEAN NOT NULL,
    auth_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    CONSTRAINT person_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX person_uid ON person (resolver_id, uid_key);

-- Accounts of the internal resolver. password is a sealed hash; attributes is a JSON object.
CREATE TABLE account (
    id VARCHAR(26) NOT NULL,
    resolver_id VARCHAR(26) NOT NULL,
    login VARCHAR(255) NOT NULL,
    login_folded VARCHAR(255) NOT NULL,
    password TEXT,
    attributes TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT account_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX account_login ON account (resolver_id, login_folded);

-- Local administrators. password is a sealed hash.
CREATE TABLE administrator (
    id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    name_folded VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL,
    password TEXT NOT NULL,
    auth_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    CONSTRAINT administrator_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX administrator_name ON administrator (name_folded);
