-- One row for each operation; written once, never updated. mac covers every other column.
CREATE TABLE audit_entry (
    id VARCHAR(26) NOT NULL,
    at BIGINT NOT NULL,
    started_at BIGINT,
    duration BIGINT,
    action VARCHAR(200) NOT NULL,
    success BOOLEAN NOT NULL,
    authentication VARCHAR(40) NOT NULL,
    serial VARCHAR(200) NOT NULL,
    token_type VARCHAR(40) NOT NULL,
    container_serial VARCHAR(40) NOT NULL,
    container_type VARCHAR(100) NOT NULL,
    user_name VARCHAR(255) NOT NULL,
    realm VARCHAR(255) NOT NULL,
    resolver VARCHAR(255) NOT NULL,
    person VARCHAR(26),
    administrator VARCHAR(255) NOT NULL,
    action_detail VARCHAR(1000) NOT NULL,
    info VARCHAR(1000) NOT NULL,
    node VARCHAR(255) NOT NULL,
    client VARCHAR(50) NOT NULL,
    relay VARCHAR(50) NOT NULL,
    user_agent VARCHAR(100) NOT NULL,
    user_agent_version VARCHAR(40) NOT NULL,
    door VARCHAR(12) NOT NULL,
    request VARCHAR(64) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    log_level VARCHAR(12) NOT NULL,
    clearance_level VARCHAR(12) NOT NULL,
    thread_id VARCHAR(20) NOT NULL,
    policies VARCHAR(2000) NOT NULL,
    reasons TEXT NOT NULL,
    mac VARCHAR(64) NOT NULL,
    CONSTRAINT audit_entry_pk PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX audit_entry_user ON audit_entry (user_name, id);
CREATE INDEX audit_entry_serial ON audit_entry (serial, id);

-- Sealed entries in the order of sealing; position is the number shown outside.
CREATE TABLE audit_chain (
    position BIGINT NOT NULL,
    entry_id VARCHAR(26) NOT NULL,
    entry_mac VARCHAR(64) NOT NULL,
    link VARCHAR(43) NOT NULL,
    CONSTRAINT audit_chain_pk PRIMARY KEY (position)
);
CREATE UNIQUE INDEX audit_chain_entry ON audit_chain (entry_id);

-- Signed statements about the chain: `position` has `link`. An anchor is where the chain begins after older entries were dropped.
CREATE TABLE audit_checkpoint (
    id VARCHAR(26) NOT NULL,
    position BIGINT NOT NULL,
    anchor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    statement TEXT NOT NULL,
    CONSTRAINT audit_checkpoint_pk PRIMARY KEY (id)
);
CREATE INDEX audit_checkpoint_position ON audit_checkpoint (anchor, position);
