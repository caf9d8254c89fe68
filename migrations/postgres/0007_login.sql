-- A flow: one attempt of one browser to sign in. `version` is compared and set by every answer.
CREATE TABLE login_flow (
    id           VARCHAR(26) NOT NULL,
    version      BIGINT NOT NULL,
    browser_hash VARCHAR(64) NOT NULL,
    issuer       VARCHAR(255) NOT NULL,
    party_kind   VARCHAR(16) NOT NULL,
    party        VARCHAR(191) NOT NULL,
    person_id    VARCHAR(26),
    step         VARCHAR(32) NOT NULL,
    request      TEXT NOT NULL,
    state        TEXT NOT NULL,
    sealed       TEXT,
    finished     BOOLEAN NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    CONSTRAINT login_flow_pk PRIMARY KEY (id)
);
CREATE INDEX login_flow_expires ON login_flow (expires_at);

-- A single sign-on session. The cookie is found by its tag; `idle_until` is never later than `expires_at`.
CREATE TABLE sso_session (
    id         VARCHAR(26) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    version    BIGINT NOT NULL,
    issuer     VARCHAR(255) NOT NULL,
    person_id  VARCHAR(26) NOT NULL,
    auth_epoch BIGINT NOT NULL,
    evidence   TEXT NOT NULL,
    client     VARCHAR(64),
    user_agent VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle       BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT sso_session_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX sso_session_token ON sso_session (token_hash);
CREATE INDEX sso_session_person ON sso_session (person_id);
CREATE INDEX sso_session_idle_until ON sso_session (idle_until);

-- At which parties a session is signed in, and under which `sid`.
CREATE TABLE sso_session_party (
    session_id VARCHAR(26) NOT NULL,
    party_kind VARCHAR(16) NOT NULL,
    party      VARCHAR(191) NOT NULL,
    sid        VARCHAR(64) NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    CONSTRAINT sso_session_party_pk PRIMARY KEY (session_id, party_kind, party)
);
CREATE UNIQUE INDEX sso_session_party_sid ON sso_session_party (sid);

-- What a person lets a party know.
CREATE TABLE consent (
    person_id  VARCHAR(26) NOT NULL,
    party_kind VARCHAR(16) NOT NULL,
    party      VARCHAR(191) NOT NULL,
    issuer     VARCHAR(255) NOT NULL,
    scopes     TEXT NOT NULL,
    claims     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT consent_pk PRIMARY KEY (person_id, party_kind, party)
);
CREATE INDEX consent_party ON consent (party_kind, party);

-- Browsers on which a person has signed in before.
CREATE TABLE known_device (
    id         VARCHAR(26) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    person_id  VARCHAR(26) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT known_device_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX known_device_token ON known_device (token_hash);
CREATE INDEX known_device_person ON known_device (person_id);
CREATE INDEX known_device_expires ON known_device (expires_at);
