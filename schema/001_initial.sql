-- SPDX-License-Identifier: Apache-2.0
--
-- Migration 1: every table of mod_contactinfo.
--
-- Runs alike on MariaDB 10.6+ and MySQL 8.0.16+.  `contactinfoctl migrate` runs
-- the file as one batch and records it in schema_migration.  DDL commits by
-- itself, so every statement may be run again after a crash half way.
--
-- Conventions
--   * InnoDB, utf8mb4 with utf8mb4_bin: no collation decides who is who.  What
--     must compare as bytes (identifiers, user names, identity numbers, keys)
--     is VARBINARY holding UTF-8; words of an enumeration are ascii.
--   * Identifiers are opaque: 32 upper-case hex digits or a short decimal.
--   * Times are DATETIME in UTC without fraction.
--   * Every foreign key between a tenant's tables holds organisation_id, so
--     that no row can refer to another tenant's row.  contact needs none to
--     organisation itself: its group implies it.
--   * Each foreign key names its own index, or the primary key serves it.

-- What the schema is.  A module made for schema M works while
-- compatible_from <= M <= version; version is the number of the last migration.
CREATE TABLE IF NOT EXISTS schema_version (
    id              TINYINT UNSIGNED NOT NULL,
    version         INT UNSIGNED NOT NULL,
    compatible_from INT UNSIGNED NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT schema_version_one_row CHECK (id = 1)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which migrations have been run; checksum is SHA-256 of the file in hex.
CREATE TABLE IF NOT EXISTS schema_migration (
    version      INT UNSIGNED NOT NULL,
    name         VARCHAR(100) NOT NULL,
    checksum     VARBINARY(64) NOT NULL,
    applied_date DATETIME NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A tenant.  Whoever changes rows that servers keep in memory (units, users,
-- groups, reference data) raises generation in the same transaction.
CREATE TABLE IF NOT EXISTS organisation (
    organisation_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name            VARBINARY(400) NOT NULL,
    generation      BIGINT UNSIGNED NOT NULL DEFAULT 1,
    disabled        TINYINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (organisation_id),
    UNIQUE KEY organisation_name (name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS org_community (
    organisation_id INT UNSIGNED NOT NULL,
    community_id    VARBINARY(32) NOT NULL,
    name            VARCHAR(100) NOT NULL,
    PRIMARY KEY (organisation_id, community_id),
    CONSTRAINT org_community_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS org_group (
    organisation_id  INT UNSIGNED NOT NULL,
    group_id         VARBINARY(32) NOT NULL,
    community_id     VARBINARY(32) NOT NULL,
    name             VARCHAR(100) NOT NULL,
    description      VARCHAR(100) NULL,
    alternative_code VARCHAR(20) NULL,
    PRIMARY KEY (organisation_id, group_id),
    KEY org_group_community (organisation_id, community_id),
    CONSTRAINT org_group_fk_community
        FOREIGN KEY (organisation_id, community_id)
        REFERENCES org_community (organisation_id, community_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A unit sees contacts whose privacy level is at most its clearance, and those
-- without a level; a unit without a clearance sees all of its organisation.
CREATE TABLE IF NOT EXISTS org_unit (
    organisation_id  INT UNSIGNED NOT NULL,
    unit_id          VARBINARY(32) NOT NULL,
    group_id         VARBINARY(32) NOT NULL,
    name             VARCHAR(100) NOT NULL,
    description      VARCHAR(100) NULL,
    alternative_code VARCHAR(20) NULL,
    clearance        INT NULL,
    PRIMARY KEY (organisation_id, unit_id),
    KEY org_unit_group (organisation_id, group_id),
    CONSTRAINT org_unit_fk_group
        FOREIGN KEY (organisation_id, group_id)
        REFERENCES org_group (organisation_id, group_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A user without password_hash cannot log in by password.
CREATE TABLE IF NOT EXISTS org_user (
    organisation_id INT UNSIGNED NOT NULL,
    user_id         VARBINARY(32) NOT NULL,
    username        VARBINARY(400) NOT NULL,
    person_name     VARCHAR(100) NOT NULL,
    email           VARCHAR(254) NULL,
    password_hash   VARBINARY(255) NULL,
    default_unit_id VARBINARY(32) NULL,
    disabled        TINYINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (organisation_id, user_id),
    UNIQUE KEY org_user_username (organisation_id, username),
    KEY org_user_default_unit (organisation_id, default_unit_id),
    CONSTRAINT org_user_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id),
    CONSTRAINT org_user_fk_default_unit
        FOREIGN KEY (organisation_id, default_unit_id)
        REFERENCES org_unit (organisation_id, unit_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS org_user_unit (
    organisation_id INT UNSIGNED NOT NULL,
    user_id         VARBINARY(32) NOT NULL,
    unit_id         VARBINARY(32) NOT NULL,
    PRIMARY KEY (organisation_id, user_id, unit_id),
    KEY org_user_unit_unit (organisation_id, unit_id),
    CONSTRAINT org_user_unit_fk_user
        FOREIGN KEY (organisation_id, user_id)
        REFERENCES org_user (organisation_id, user_id) ON DELETE CASCADE,
    CONSTRAINT org_user_unit_fk_unit
        FOREIGN KEY (organisation_id, unit_id)
        REFERENCES org_unit (organisation_id, unit_id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A Web API key acts as its user.  key_digest is SHA-256 of the key's 32 hex
-- digits as text; the key itself is stored nowhere.
CREATE TABLE IF NOT EXISTS api_key (
    key_digest      BINARY(32) NOT NULL,
    organisation_id INT UNSIGNED NOT NULL,
    key_id          VARBINARY(32) NOT NULL,
    user_id         VARBINARY(32) NOT NULL,
    label           VARCHAR(100) NULL,
    created_date    DATETIME NOT NULL,
    PRIMARY KEY (key_digest),
    UNIQUE KEY api_key_id (organisation_id, key_id),
    KEY api_key_user (organisation_id, user_id),
    CONSTRAINT api_key_fk_user
        FOREIGN KEY (organisation_id, user_id)
        REFERENCES org_user (organisation_id, user_id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A session is a user in one of the user's units and ends with that membership.
-- token_digest is SHA-256 of the token's text.
CREATE TABLE IF NOT EXISTS login_session (
    token_digest    BINARY(32) NOT NULL,
    organisation_id INT UNSIGNED NOT NULL,
    user_id         VARBINARY(32) NOT NULL,
    unit_id         VARBINARY(32) NOT NULL,
    created_date    DATETIME NOT NULL,
    expires_date    DATETIME NOT NULL,
    PRIMARY KEY (token_digest),
    KEY login_session_expires (expires_date),
    KEY login_session_user_unit (organisation_id, user_id, unit_id),
    CONSTRAINT login_session_fk_user_unit
        FOREIGN KEY (organisation_id, user_id, unit_id)
        REFERENCES org_user_unit (organisation_id, user_id, unit_id)
        ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Countries are the same for every tenant.
CREATE TABLE IF NOT EXISTS country (
    country_id           VARBINARY(32) NOT NULL,
    name                 VARCHAR(100) NOT NULL,
    alternative_code     VARCHAR(20) NULL,
    two_character_code   VARCHAR(20) NULL,
    three_character_code VARCHAR(20) NULL,
    calling_code         VARCHAR(10) NULL,
    PRIMARY KEY (country_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS industry (
    organisation_id INT UNSIGNED NOT NULL,
    industry_id     VARBINARY(32) NOT NULL,
    name            VARCHAR(100) NOT NULL,
    code            VARCHAR(100) NULL,
    PRIMARY KEY (organisation_id, industry_id),
    CONSTRAINT industry_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS industry_sector (
    organisation_id    INT UNSIGNED NOT NULL,
    industry_sector_id VARBINARY(32) NOT NULL,
    name               VARCHAR(100) NOT NULL,
    alternative_code   VARCHAR(20) NULL,
    PRIMARY KEY (organisation_id, industry_sector_id),
    CONSTRAINT industry_sector_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS category (
    organisation_id INT UNSIGNED NOT NULL,
    category_id     VARBINARY(32) NOT NULL,
    name            VARCHAR(100) NOT NULL,
    code            VARCHAR(100) NULL,
    PRIMARY KEY (organisation_id, category_id),
    CONSTRAINT category_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS privacy_level (
    organisation_id  INT UNSIGNED NOT NULL,
    privacy_level_id VARBINARY(32) NOT NULL,
    name             VARCHAR(100) NOT NULL,
    number           VARCHAR(20) NULL,
    hierarchy_level  INT NOT NULL,
    PRIMARY KEY (organisation_id, privacy_level_id),
    CONSTRAINT privacy_level_fk_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (organisation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A contact is one row.  contact_seq is the order of insertion.  document is
-- compact JSON with the members that are no column: user defined fields,
-- demographics or company profile, addresses, phones, e-mails, authorization
-- settings; nothing null, references as identifiers.  003_views.sql shows it
-- as tables.
CREATE TABLE IF NOT EXISTS contact (
    contact_seq             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    organisation_id         INT UNSIGNED NOT NULL,
    contact_id              VARBINARY(32) NOT NULL,
    version                 INT UNSIGNED NOT NULL DEFAULT 1,
    type                    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
                            NOT NULL,
    life_cycle_state        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
                            NOT NULL,
    title                   VARCHAR(50) NULL,
    first_name              VARCHAR(100) NULL,
    middle_name             VARCHAR(100) NULL,
    last_name               VARCHAR(100) NULL,
    company_name            VARCHAR(200) NULL,
    id_number               VARBINARY(200) NULL,
    passport_number         VARBINARY(200) NULL,
    social_security_number  VARBINARY(200) NULL,
    vat_registration_number VARBINARY(200) NULL,
    registration_number     VARBINARY(200) NULL,
    category_id             VARBINARY(32) NULL,
    owned_by_group_id       VARBINARY(32) NOT NULL,
    privacy_level_id        VARBINARY(32) NULL,
    created_date            DATETIME NOT NULL,
    created_by_user_id      VARBINARY(32) NOT NULL,
    created_by_unit_id      VARBINARY(32) NOT NULL,
    updated_date            DATETIME NOT NULL,
    updated_by_user_id      VARBINARY(32) NOT NULL,
    updated_by_unit_id      VARBINARY(32) NOT NULL,
    -- rows of contact_relation with this contact_seq: whoever changes those
    -- changes this, too
    relation_count          SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    document                LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                            NOT NULL,
    PRIMARY KEY (contact_seq),
    UNIQUE KEY contact_contact_id (organisation_id, contact_id),
    UNIQUE KEY contact_sequence (organisation_id, contact_seq),
    KEY contact_id_number (organisation_id, id_number),
    KEY contact_passport (organisation_id, passport_number),
    KEY contact_social_security (organisation_id, social_security_number),
    KEY contact_vat_registration (organisation_id, vat_registration_number),
    KEY contact_registration (organisation_id, registration_number),
    KEY contact_category (organisation_id, category_id),
    KEY contact_group (organisation_id, owned_by_group_id),
    KEY contact_privacy_level (organisation_id, privacy_level_id),
    KEY contact_created_user (organisation_id, created_by_user_id),
    KEY contact_created_unit (organisation_id, created_by_unit_id),
    KEY contact_updated_user (organisation_id, updated_by_user_id),
    KEY contact_updated_unit (organisation_id, updated_by_unit_id),
    CONSTRAINT contact_document_is_json CHECK (JSON_VALID(document)),
    CONSTRAINT contact_fk_category
        FOREIGN KEY (organisation_id, category_id)
        REFERENCES category (organisation_id, category_id),
    CONSTRAINT contact_fk_group
        FOREIGN KEY (organisation_id, owned_by_group_id)
        REFERENCES org_group (organisation_id, group_id),
    CONSTRAINT contact_fk_privacy_level
        FOREIGN KEY (organisation_id, privacy_level_id)
        REFERENCES privacy_level (organisation_id, privacy_level_id),
    CONSTRAINT contact_fk_created_user
        FOREIGN KEY (organisation_id, created_by_user_id)
        REFERENCES org_user (organisation_id, user_id),
    CONSTRAINT contact_fk_created_unit
        FOREIGN KEY (organisation_id, created_by_unit_id)
        REFERENCES org_unit (organisation_id, unit_id),
    CONSTRAINT contact_fk_updated_user
        FOREIGN KEY (organisation_id, updated_by_user_id)
        REFERENCES org_user (organisation_id, user_id),
    CONSTRAINT contact_fk_updated_unit
        FOREIGN KEY (organisation_id, updated_by_unit_id)
        REFERENCES org_unit (organisation_id, unit_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- By what an e-mail or phone is found.  EMAIL: the address with ASCII letters
-- in lower case.  PHONE, digits only: number, area code + number, and
-- 00 + area code + number.
CREATE TABLE IF NOT EXISTS contact_key (
    organisation_id INT UNSIGNED NOT NULL,
    kind            VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value           VARBINARY(1016) NOT NULL,
    contact_seq     BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (organisation_id, kind, value, contact_seq),
    KEY contact_key_contact (organisation_id, contact_seq),
    CONSTRAINT contact_key_fk_contact
        FOREIGN KEY (organisation_id, contact_seq)
        REFERENCES contact (organisation_id, contact_seq) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A relation belongs to contact_seq and names related_contact_seq; it goes when
-- either contact goes.
CREATE TABLE IF NOT EXISTS contact_relation (
    relation_seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    organisation_id     INT UNSIGNED NOT NULL,
    relation_id         VARBINARY(32) NOT NULL,
    contact_seq         BIGINT UNSIGNED NOT NULL,
    type                VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
                        NOT NULL,
    notes               VARCHAR(4000) NULL,
    related_contact_seq BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (relation_seq),
    UNIQUE KEY contact_relation_relation_id (organisation_id, relation_id),
    KEY contact_relation_contact (organisation_id, contact_seq),
    KEY contact_relation_related (organisation_id, related_contact_seq),
    CONSTRAINT contact_relation_fk_contact
        FOREIGN KEY (organisation_id, contact_seq)
        REFERENCES contact (organisation_id, contact_seq) ON DELETE CASCADE,
    CONSTRAINT contact_relation_fk_related
        FOREIGN KEY (organisation_id, related_contact_seq)
        REFERENCES contact (organisation_id, contact_seq) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What uniqueness rules forbid to repeat: rule is the contact's type and the
-- rule's fields as configured, value SHA-256 of the fields' values.
CREATE TABLE IF NOT EXISTS contact_unique (
    organisation_id INT UNSIGNED NOT NULL,
    rule            VARBINARY(200) NOT NULL,
    value           BINARY(32) NOT NULL,
    contact_seq     BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (organisation_id, rule, value),
    KEY contact_unique_contact (organisation_id, contact_seq),
    CONSTRAINT contact_unique_fk_contact
        FOREIGN KEY (organisation_id, contact_seq)
        REFERENCES contact (organisation_id, contact_seq) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- At most one photo a contact; its bytes are in profile_photo_chunk, at most
-- 65,536 a row, numbered from 0.
CREATE TABLE IF NOT EXISTS profile_photo (
    organisation_id INT UNSIGNED NOT NULL,
    file_id         VARBINARY(32) NOT NULL,
    contact_seq     BIGINT UNSIGNED NOT NULL,
    file_name       VARCHAR(255) NOT NULL,
    mime_type       VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    size            INT UNSIGNED NOT NULL,
    created_date    DATETIME NOT NULL,
    PRIMARY KEY (organisation_id, file_id),
    UNIQUE KEY profile_photo_contact (organisation_id, contact_seq),
    CONSTRAINT profile_photo_fk_contact
        FOREIGN KEY (organisation_id, contact_seq)
        REFERENCES contact (organisation_id, contact_seq) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS profile_photo_chunk (
    organisation_id INT UNSIGNED NOT NULL,
    file_id         VARBINARY(32) NOT NULL,
    chunk_number    INT UNSIGNED NOT NULL,
    data            MEDIUMBLOB NOT NULL,
    PRIMARY KEY (organisation_id, file_id, chunk_number),
    CONSTRAINT profile_photo_chunk_fk_photo
        FOREIGN KEY (organisation_id, file_id)
        REFERENCES profile_photo (organisation_id, file_id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What an Idempotency-Key has answered; written in the transaction of its
-- effect.  contact_id outlives the contact: the first answer stays the answer.
CREATE TABLE IF NOT EXISTS idempotency (
    organisation_id INT UNSIGNED NOT NULL,
    user_id         VARBINARY(32) NOT NULL,
    operation       VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    key_digest      BINARY(32) NOT NULL,
    request_digest  BINARY(32) NOT NULL,
    contact_id      VARBINARY(32) NULL,
    status          SMALLINT UNSIGNED NOT NULL,
    answer          MEDIUMBLOB NULL,
    created_date    DATETIME NOT NULL,
    PRIMARY KEY (organisation_id, user_id, operation, key_digest),
    KEY idempotency_created (created_date),
    CONSTRAINT idempotency_fk_user
        FOREIGN KEY (organisation_id, user_id)
        REFERENCES org_user (organisation_id, user_id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO schema_version (id, version, compatible_from)
VALUES (1, 1, 1)
ON DUPLICATE KEY UPDATE
    version = GREATEST(version, VALUES(version)),
    compatible_from = GREATEST(compatible_from, VALUES(compatible_from));
