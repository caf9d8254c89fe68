-- What is registered of SAML service providers: settings as JSON, metadata as it was given.
CREATE TABLE saml_sp (
    id VARCHAR(26) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    sp_id VARCHAR(100) NOT NULL,
    entity_id VARCHAR(191) NOT NULL,
    version BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    settings TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT saml_sp_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX saml_sp_name ON saml_sp (issuer, sp_id);
CREATE UNIQUE INDEX saml_sp_entity ON saml_sp (issuer, entity_id);

-- Requests that were answered, so that none is answered twice.
CREATE TABLE saml_answered (
    request_hash VARCHAR(43) NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT saml_answered_pk PRIMARY KEY (request_hash)
);
CREATE INDEX saml_answered_expires ON saml_answered (expires_at);
