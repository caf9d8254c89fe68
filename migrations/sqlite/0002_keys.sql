-- Signing keys. private_key is sealed to its row and emptied when the key retires.
CREATE TABLE signing_key (
    id VARCHAR(26) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    key_use VARCHAR(20) NOT NULL,
    alg VARCHAR(20) NOT NULL,
    generation BIGINT NOT NULL,
    state VARCHAR(10) NOT NULL,
    public_jwk TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    retires_at BIGINT,
    expires_at BIGINT,
    CONSTRAINT signing_key_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX signing_key_generation ON signing_key (issuer, key_use, alg, generation);
