-- Policies as written: definition is the JSON object of the wire format. version is the compare-and-set guard.
CREATE TABLE policy (
    id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    definition TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT policy_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX policy_name ON policy (name);

-- Rises with every change of what nodes keep compiled; nodes look here and reload.
CREATE TABLE config_revision (
    topic VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT config_revision_pk PRIMARY KEY (topic)
);
INSERT INTO config_revision (topic, number) VALUES ('policy', 0);
INSERT INTO config_revision (topic, number) VALUES ('people', 0);
INSERT INTO config_revision (topic, number) VALUES ('setting', 0);
