-- Tokens with everything that one check needs in one row; realms and challenges beside them.

CREATE TABLE token (
    id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    serial VARCHAR(40) NOT NULL,
    serial_folded VARCHAR(40) NOT NULL,
    kind VARCHAR(30) NOT NULL,
    person VARCHAR(26),
    owner_resolver VARCHAR(120),
    owner_uid VARCHAR(255),
    owner_realm VARCHAR(120),
    realms TEXT NOT NULL,
    pin TEXT,
    seed TEXT NOT NULL,
    otplen BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    count_window BIGINT NOT NULL,
    sync_window BIGINT NOT NULL,
    failcount BIGINT NOT NULL,
    maxfail BIGINT NOT NULL,
    failed_at BIGINT,
    tried BIGINT NOT NULL,
    tried_max BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    accepted_max BIGINT NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    last_auth BIGINT,
    active BOOLEAN NOT NULL,
    locked BOOLEAN NOT NULL,
    revoked BOOLEAN NOT NULL,
    rollout VARCHAR(10) NOT NULL,
    description VARCHAR(255) NOT NULL,
    info TEXT NOT NULL,
    memory TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT token_pk PRIMARY KEY (id),
    CONSTRAINT token_number UNIQUE (number),
    CONSTRAINT token_serial UNIQUE (serial_folded)
);
CREATE INDEX token_person ON token (person);
CREATE INDEX token_kind ON token (kind, serial);
CREATE INDEX token_owner ON token (owner_resolver, owner_uid);

-- The realms of token.realms once more, to find tokens by them.
CREATE TABLE token_realm (
    realm VARCHAR(120) NOT NULL,
    token_id VARCHAR(26) NOT NULL,
    CONSTRAINT token_realm_pk PRIMARY KEY (realm, token_id)
);
CREATE INDEX token_realm_token ON token_realm (token_id);

-- Enrolments that people began themselves and have not completed.
CREATE TABLE enrolment (
    token_id VARCHAR(26) NOT NULL,
    begun_at BIGINT NOT NULL,
    CONSTRAINT enrolment_pk PRIMARY KEY (token_id)
);
CREATE INDEX enrolment_begun ON enrolment (begun_at);

-- A question put to a person, of which each token may hold a part. Answering consumes the row.
CREATE TABLE challenge_set (
    code VARCHAR(64) NOT NULL,
    person VARCHAR(26),
    door VARCHAR(16) NOT NULL,
    continuation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT challenge_set_pk PRIMARY KEY (code)
);
CREATE INDEX challenge_set_expires ON challenge_set (expires_at);
CREATE INDEX challenge_set_person ON challenge_set (person);

CREATE TABLE challenge (
    id VARCHAR(26) NOT NULL,
    code VARCHAR(64) NOT NULL,
    token_id VARCHAR(26) NOT NULL,
    serial VARCHAR(40) NOT NULL,
    data TEXT,
    received BIGINT NOT NULL,
    otp_valid BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT challenge_pk PRIMARY KEY (id)
);
CREATE INDEX challenge_code ON challenge (code);
CREATE INDEX challenge_token ON challenge (token_id);
CREATE INDEX challenge_expires ON challenge (expires_at);

-- Failed guesses, kept so that a restart or another node does not forget them.
CREATE TABLE guess_budget (
    name VARCHAR(128) NOT NULL,
    spent_until BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT guess_budget_pk PRIMARY KEY (name)
);
CREATE INDEX guess_budget_updated ON guess_budget (updated_at);

-- Taken first by whoever adds a token where their number matters, so that all others who do so wait and then count it. A name is
-- that of a person or a realm.
CREATE TABLE token_turn (
    name VARCHAR(255) NOT NULL,
    taken BIGINT NOT NULL,
    CONSTRAINT token_turn_pk PRIMARY KEY (name)
);
