-- Answers that wait to be fetched by the service provider that they are for, sealed; each is fetched once.
CREATE TABLE saml_artifact (
    handle_hash VARCHAR(43) NOT NULL,
    sp_id VARCHAR(26) NOT NULL,
    answer TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT saml_artifact_pk PRIMARY KEY (handle_hash)
);
CREATE INDEX saml_artifact_expires ON saml_artifact (expires_at);

-- Messages that were exchanged with a service provider while that was looked at, sealed. Few are kept, and not for long.
CREATE TABLE saml_exchange (
    id VARCHAR(26) NOT NULL,
    sp_id VARCHAR(26) NOT NULL,
    message TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT saml_exchange_pk PRIMARY KEY (id)
);
CREATE INDEX saml_exchange_sp ON saml_exchange (sp_id, id);
CREATE INDEX saml_exchange_expires ON saml_exchange (expires_at);
