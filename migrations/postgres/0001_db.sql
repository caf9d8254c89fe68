-- Side effects that leave after the commit of the change they belong to.
CREATE TABLE outbox (
    id VARCHAR(26) NOT NULL,
    topic VARCHAR(64) NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error VARCHAR(255),
    created_at BIGINT NOT NULL,
    CONSTRAINT outbox_pk PRIMARY KEY (id)
);
CREATE INDEX outbox_due ON outbox (due_at, id);

-- Small integers for the wire format, given out in blocks.
CREATE TABLE sequence (
    name VARCHAR(64) NOT NULL,
    next_value BIGINT NOT NULL,
    CONSTRAINT sequence_pk PRIMARY KEY (name)
);

-- Rises with every change of what the nodes hold compiled in memory.
CREATE TABLE revision (
    topic VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT revision_pk PRIMARY KEY (topic)
);

-- System configuration; content is sealed by its owner where it is secret.
CREATE TABLE setting (
    name VARCHAR(255) NOT NULL,
    content TEXT NOT NULL,
    sealed BOOLEAN NOT NULL,
    CONSTRAINT setting_pk PRIMARY KEY (name)
);
