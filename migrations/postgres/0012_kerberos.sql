-- Authenticators of Kerberos that were used, for as long as they could be used again.
CREATE TABLE kerberos_seen (
    id VARCHAR(26) NOT NULL,
    tag VARCHAR(43) NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT kerberos_seen_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX kerberos_seen_once ON kerberos_seen (tag);
CREATE INDEX kerberos_seen_expires ON kerberos_seen (expires_at);
