-- How the last looks at metadata that is published at a URL went: of service providers and of federations, by their row.
CREATE TABLE saml_source (
    id VARCHAR(26) NOT NULL,
    checked_at BIGINT NOT NULL,
    fetched_at BIGINT,
    due_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    problem LONGTEXT NOT NULL,
    CONSTRAINT saml_source_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Federations: settings as JSON, and which generation of their entities counts.
CREATE TABLE saml_federation (
    id VARCHAR(26) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    name VARCHAR(100) NOT NULL,
    version BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    settings LONGTEXT NOT NULL,
    generation BIGINT NOT NULL,
    entities BIGINT NOT NULL,
    services BIGINT NOT NULL,
    unreadable BIGINT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    valid_until BIGINT,
    made_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT saml_federation_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE UNIQUE INDEX saml_federation_name ON saml_federation (issuer, name);

-- Service providers of federations, each with its description in canonical form. Rows of other generations than that of their
-- federation do not count: they are being written, or about to be removed.
CREATE TABLE saml_entity (
    federation_id VARCHAR(26) NOT NULL,
    generation BIGINT NOT NULL,
    entity_id VARCHAR(191) NOT NULL,
    row_id VARCHAR(26) NOT NULL,
    valid_until BIGINT,
    metadata LONGTEXT NOT NULL,
    CONSTRAINT saml_entity_pk PRIMARY KEY (federation_id, generation, entity_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX saml_entity_name ON saml_entity (entity_id);
CREATE INDEX saml_entity_row ON saml_entity (row_id);
