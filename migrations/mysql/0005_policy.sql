-- Policies as written: number is the id of the wire format, definition is the JSON object of the wire format. version is the compare-and-set guard.
CREATE TABLE policy (
    id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    definition LONGTEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT policy_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE UNIQUE INDEX policy_name ON policy (name);

-- Event handlers: number is the id of the wire format, definition the JSON object, version the compare-and-set guard.
CREATE TABLE event_handler (
    id VARCHAR(26) NOT NULL,
    number BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    definition LONGTEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT event_handler_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE UNIQUE INDEX event_handler_name ON event_handler (name);
CREATE UNIQUE INDEX event_handler_number ON event_handler (number);

-- Counters that event handlers move.
CREATE TABLE event_counter (
    name VARCHAR(255) NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT event_counter_pk PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
