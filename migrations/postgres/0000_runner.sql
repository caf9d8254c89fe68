-- What the migration runner itself needs, made before the first migration. Never changes.
CREATE TABLE IF NOT EXISTS schema_migration (
    name VARCHAR(128) NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished BOOLEAN NOT NULL,
    applied_at BIGINT NOT NULL,
    CONSTRAINT schema_migration_pk PRIMARY KEY (name)
);

-- Who may do what only one process at a time may do.
CREATE TABLE IF NOT EXISTS lease (
    name VARCHAR(64) NOT NULL,
    holder VARCHAR(128) NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT lease_pk PRIMARY KEY (name)
);
