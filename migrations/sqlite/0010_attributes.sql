-- Attributes that administrators and people add to what a resolver tells, for a person in a realm. number is the id of the wire format.
CREATE TABLE custom_attribute (
    person_id VARCHAR(26) NOT NULL,
    realm_id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    number BIGINT NOT NULL,
    value TEXT NOT NULL,
    kind VARCHAR(100) NOT NULL,
    CONSTRAINT custom_attribute_pk PRIMARY KEY (person_id, realm_id, name)
);
CREATE INDEX custom_attribute_realm ON custom_attribute (realm_id);

-- What the engine keeps about a person for itself; value is JSON.
CREATE TABLE internal_attribute (
    person_id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    node VARCHAR(255) NOT NULL,
    CONSTRAINT internal_attribute_pk PRIMARY KEY (person_id, name)
);
