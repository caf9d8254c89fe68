-- What is registered of OpenID Connect clients. The settings are JSON; secrets are sealed digests.
CREATE TABLE oidc_client (
    id VARCHAR(26) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    client_id VARCHAR(191) NOT NULL,
    version BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    settings TEXT NOT NULL,
    secret TEXT,
    former_secret TEXT,
    former_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT oidc_client_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX oidc_client_name ON oidc_client (issuer, client_id);

-- What a person let a client have: the root of a code, its access tokens and its chain of refresh tokens.
CREATE TABLE oidc_grant (
    id VARCHAR(26) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    client VARCHAR(26) NOT NULL,
    person_id VARCHAR(26) NOT NULL,
    session_id VARCHAR(26) NOT NULL,
    sid VARCHAR(255) NOT NULL,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr VARCHAR(255) NOT NULL,
    amr TEXT NOT NULL,
    auth_epoch BIGINT NOT NULL,
    is_offline BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refreshed_at BIGINT,
    revoked_at BIGINT,
    CONSTRAINT oidc_grant_pk PRIMARY KEY (id)
);
CREATE INDEX oidc_grant_person ON oidc_grant (person_id);
CREATE INDEX oidc_grant_session ON oidc_grant (session_id);
CREATE INDEX oidc_grant_client ON oidc_grant (client);
CREATE INDEX oidc_grant_expires ON oidc_grant (expires_at);

-- Authorization codes; the code itself is known to the client alone.
CREATE TABLE oidc_code (
    code_hash VARCHAR(43) NOT NULL,
    grant_id VARCHAR(26) NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge VARCHAR(43),
    nonce TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT oidc_code_pk PRIMARY KEY (code_hash)
);
CREATE INDEX oidc_code_expires ON oidc_code (expires_at);

-- Refresh tokens of a grant, one generation after the other.
CREATE TABLE oidc_refresh (
    token_hash VARCHAR(43) NOT NULL,
    grant_id VARCHAR(26) NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    dead_at BIGINT,
    CONSTRAINT oidc_refresh_pk PRIMARY KEY (token_hash)
);
CREATE INDEX oidc_refresh_grant ON oidc_refresh (grant_id, generation);
CREATE INDEX oidc_refresh_expires ON oidc_refresh (expires_at);

-- Access tokens that were issued, so that they can be revoked and introspected.
CREATE TABLE oidc_access (
    jti VARCHAR(26) NOT NULL,
    grant_id VARCHAR(26),
    client VARCHAR(26) NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CONSTRAINT oidc_access_pk PRIMARY KEY (jti)
);
CREATE INDEX oidc_access_expires ON oidc_access (expires_at);

-- Client assertions that were used, until they expire.
CREATE TABLE oidc_assertion (
    id VARCHAR(26) NOT NULL,
    assertion_hash VARCHAR(43) NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT oidc_assertion_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX oidc_assertion_once ON oidc_assertion (assertion_hash);
CREATE INDEX oidc_assertion_expires ON oidc_assertion (expires_at);
