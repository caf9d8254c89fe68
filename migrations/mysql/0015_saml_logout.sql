-- Under which name and index a service provider knows somebody in a session; goes with the session.
CREATE TABLE saml_participant (
    session_id VARCHAR(26) NOT NULL,
    party VARCHAR(191) NOT NULL,
    name_hash VARCHAR(43) NOT NULL,
    name_format VARCHAR(100) NOT NULL,
    name LONGTEXT NOT NULL,
    session_index VARCHAR(64) NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT saml_participant_pk PRIMARY KEY (session_id, party, name_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX saml_participant_name ON saml_participant (name_hash);

-- Sign-outs under way: which service providers a browser has still to be sent to, and how the others have answered.
CREATE TABLE saml_logout (
    id VARCHAR(26) NOT NULL,
    version BIGINT NOT NULL,
    browser_hash VARCHAR(43) NOT NULL,
    request_hash VARCHAR(43),
    finished BOOLEAN NOT NULL,
    state LONGTEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT saml_logout_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX saml_logout_browser ON saml_logout (browser_hash);
CREATE INDEX saml_logout_request ON saml_logout (request_hash);
CREATE INDEX saml_logout_expires ON saml_logout (expires_at);
