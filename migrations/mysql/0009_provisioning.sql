-- What provisioning clients know of an account: their own identifier, and the attributes of SCIM as a JSON object.
ALTER TABLE account ADD COLUMN external_id VARCHAR(255);
ALTER TABLE account ADD COLUMN profile LONGTEXT;
CREATE INDEX account_external ON account (resolver_id, external_id);

-- Groups of the people of an internal resolver.
CREATE TABLE user_group (
    id VARCHAR(26) NOT NULL,
    resolver_id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    name_folded VARCHAR(255) NOT NULL,
    external_id VARCHAR(255),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT user_group_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE UNIQUE INDEX user_group_name ON user_group (resolver_id, name_folded);
CREATE INDEX user_group_external ON user_group (resolver_id, external_id);

-- Who belongs to a group: an account of the same resolver, or a group.
CREATE TABLE user_group_member (
    group_id VARCHAR(26) NOT NULL,
    member_id VARCHAR(26) NOT NULL,
    is_group BOOLEAN NOT NULL,
    CONSTRAINT user_group_member_pk PRIMARY KEY (group_id, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX user_group_member_member ON user_group_member (member_id);

-- Programs that may provision people. token is a keyed hash; rights are names separated by commas.
CREATE TABLE scim_client (
    id VARCHAR(26) NOT NULL,
    name VARCHAR(255) NOT NULL,
    name_folded VARCHAR(255) NOT NULL,
    resolver_id VARCHAR(26) NOT NULL,
    rights VARCHAR(255) NOT NULL,
    token VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT scim_client_pk PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE UNIQUE INDEX scim_client_name ON scim_client (name_folded);
CREATE UNIQUE INDEX scim_client_token ON scim_client (token);
