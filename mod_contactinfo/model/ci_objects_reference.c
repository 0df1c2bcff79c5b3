/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of reference data, and of who may come in. */
#include "model/ci_objects.h"

#define INT32_SMALLEST (-2147483647 - 1)
#define INT32_LARGEST  2147483647

/* ------------------------------------------------------ reference data -- */

#define ORGANISATION_ROW                                                       \
    CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN, "Organisation", \
               .role = CI_ROLE_TENANT)
#define ID_ROW(id_column, what)                                                \
    CI_TEXT("id", 32, CI_SHOWN | CI_COLUMN | CI_BYTES | CI_IDENTIFIES,         \
            "Identifier of the " what, .column = (id_column),                  \
            .role = CI_ROLE_KEY)
#define NAME_ROW(flags, what)                                                  \
    CI_TEXT("name", 100, CI_SHOWN | CI_COLUMN | (flags), "Name of the " what)

/* Columns of reference data that may be empty */
#define OPTIONAL (CI_SHOWN | CI_COLUMN | CI_NULLABLE)

static const ci_field_t country_fields[] = {
    [CI_COUNTRY_ID] = ID_ROW("country_id", "country"),
    [CI_COUNTRY_TWO_CHARACTER_CODE] =
        CI_TEXT("two_character_code", 20, OPTIONAL | CI_IDENTIFIES,
                "ISO 3166-1 alpha-2 code"),
    [CI_COUNTRY_CALLING_CODE] =
        CI_TEXT("calling_code", 10, CI_COLUMN | CI_NULLABLE,
                "International calling code, digits"),
    NAME_ROW(CI_IDENTIFIES, "country"),
    CI_TEXT("alternative_code", 20, OPTIONAL | CI_IDENTIFIES,
            "Alternative code"),
    CI_TEXT("three_character_code", 20, OPTIONAL | CI_IDENTIFIES,
            "ISO 3166-1 alpha-3 code"),
};
const ci_object_t ci_country = CI_OBJECT("country", "country", country_fields);

static const ci_field_t industry_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("industry_id", "industry"),
    NAME_ROW(CI_IDENTIFIES, "industry"),
    CI_TEXT("code", 100, OPTIONAL | CI_IDENTIFIES, "Code"),
};
const ci_object_t ci_industry =
    CI_OBJECT("industry", "industry", industry_fields);

static const ci_field_t industry_sector_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("industry_sector_id", "industry sector"),
    NAME_ROW(CI_IDENTIFIES, "industry sector"),
    CI_TEXT("alternative_code", 20, OPTIONAL | CI_IDENTIFIES,
            "Alternative code"),
};
const ci_object_t ci_industry_sector =
    CI_OBJECT("industry_sector", "industry_sector", industry_sector_fields);

static const ci_field_t category_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("category_id", "category"),
    NAME_ROW(CI_IDENTIFIES, "category"),
    CI_TEXT("code", 100, OPTIONAL | CI_IDENTIFIES, "Code"),
};
const ci_object_t ci_category =
    CI_OBJECT("category", "category", category_fields);

static const ci_field_t privacy_level_fields[] = {
    [CI_REFERENCE_ORGANISATION] = ORGANISATION_ROW,
    [CI_REFERENCE_ID] = ID_ROW("privacy_level_id", "privacy level"),
    [CI_REFERENCE_NAME] = NAME_ROW(0, "privacy level"),
    [CI_LEVEL_HIERARCHY] =
        CI_INTEGER("hierarchy_level", INT32_SMALLEST, INT32_LARGEST,
                   CI_SHOWN | CI_COLUMN, "Units below it do not see it"),
    CI_TEXT("number", 20, OPTIONAL | CI_IDENTIFIES, "Number"),
};
const ci_object_t ci_privacy_level =
    CI_OBJECT("privacy_level", "privacy_level", privacy_level_fields);

static const ci_field_t community_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("community_id", "community"),
    NAME_ROW(0, "community"),
};
const ci_object_t ci_community =
    CI_OBJECT("community", "org_community", community_fields);

static const ci_field_t group_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("group_id", "group"),
    NAME_ROW(CI_IDENTIFIES, "group"),
    CI_TEXT("description", 100, OPTIONAL, "Description"),
    CI_TEXT("alternative_code", 20, OPTIONAL | CI_IDENTIFIES,
            "Alternative code"),
    CI_TEXT("community_name", 100, CI_SHOWN | CI_JOINED,
            "Community of the group", .column = "m.name"),
    CI_TEXT("community_id", 32, CI_COLUMN | CI_BYTES, "Community of the group"),
};
const ci_object_t ci_group = {
    .name = "group",
    .table = "org_group",
    .joins = "JOIN org_community m ON m.organisation_id = t.organisation_id"
             " AND m.community_id = t.community_id",
    .fields = group_fields,
    .nfields = CI_ALEN(group_fields),
};

static const ci_field_t unit_fields[] = {
    ORGANISATION_ROW,
    ID_ROW("unit_id", "unit"),
    NAME_ROW(0, "unit"),
    CI_TEXT("description", 100, OPTIONAL, "Description"),
    CI_TEXT("alternative_code", 20, OPTIONAL, "Alternative code"),
    CI_TEXT("group_name", 100, CI_SHOWN | CI_JOINED, "Group of the unit",
            .column = "g.name"),
    CI_TEXT("community_name", 100, CI_SHOWN | CI_JOINED,
            "Community of the group", .column = "m.name"),
    CI_TEXT("group_id", 32, CI_COLUMN | CI_BYTES, "Group of the unit"),
    CI_INTEGER("clearance", INT32_SMALLEST, INT32_LARGEST,
               CI_COLUMN | CI_NULLABLE,
               "Highest hierarchy level that it sees; none: all"),
};
const ci_object_t ci_unit = {
    .name = "unit",
    .table = "org_unit",
    .joins = "JOIN org_group g ON g.organisation_id = t.organisation_id"
             " AND g.group_id = t.group_id"
             " JOIN org_community m ON m.organisation_id = g.organisation_id"
             " AND m.community_id = g.community_id",
    .fields = unit_fields,
    .nfields = CI_ALEN(unit_fields),
};

static const ci_field_t user_fields[] = {
    [CI_USER_ORGANISATION] = ORGANISATION_ROW,
    [CI_USER_ID] = ID_ROW("user_id", "user"),
    [CI_USER_USERNAME] =
        CI_TEXT("username", 100, CI_SHOWN | CI_COLUMN | CI_BYTES, "Login name"),
    [CI_USER_PASSWORD_HASH] =
        CI_TEXT("password_hash", 255, CI_COLUMN | CI_BYTES | CI_NULLABLE,
                "Hash of the password; none: no login by password"),
    [CI_USER_DEFAULT_UNIT] =
        CI_TEXT("default_unit_id", 32, CI_COLUMN | CI_BYTES | CI_NULLABLE,
                "Unit of a login that names none"),
    [CI_USER_DISABLED] = CI_SIMPLE("disabled", CI_TYPE_BOOLEAN, CI_COLUMN,
                                   "Whether the user is locked out"),
    CI_TEXT("person_name", 100, CI_SHOWN | CI_COLUMN, "Name of the person"),
    CI_TEXT("email", 254, OPTIONAL | CI_OMIT_NULL, "E-mail address"),
};
const ci_object_t ci_user = CI_OBJECT("user", "org_user", user_fields);

/* -------------------------------------------------- who may come in ---- */

static const ci_field_t organisation_fields[] = {
    [CI_ORGANISATION_ID] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_SEQUENCE),
    [CI_ORGANISATION_NAME] =
        CI_TEXT("name", 100, CI_COLUMN | CI_BYTES, "Name that logins give"),
    [CI_ORGANISATION_GENERATION] = CI_INTEGER(
        "generation", 0, APR_INT64_MAX, CI_COLUMN,
        "Counts changes of its reference data", .role = CI_ROLE_GENERATION),
    [CI_ORGANISATION_DISABLED] =
        CI_SIMPLE("disabled", CI_TYPE_BOOLEAN, CI_COLUMN,
                  "Whether all its users are locked out"),
};
const ci_object_t ci_organisation =
    CI_OBJECT("organisation", "organisation", organisation_fields);

static const ci_field_t user_unit_fields[] = {
    [CI_USER_UNIT_ORGANISATION] = ORGANISATION_ROW,
    [CI_USER_UNIT_USER] = CI_TEXT("user_id", 32, CI_COLUMN | CI_BYTES, "User"),
    [CI_USER_UNIT_UNIT] =
        CI_TEXT("unit_id", 32, CI_COLUMN | CI_BYTES, "Unit of the user"),
};
const ci_object_t ci_user_unit =
    CI_OBJECT("user_unit", "org_user_unit", user_unit_fields);

static const ci_field_t api_key_fields[] = {
    [CI_API_KEY_DIGEST] =
        CI_BLOB("key_digest", 32, CI_COLUMN, "SHA-256 of the key"),
    [CI_API_KEY_ORGANISATION] = CI_INTEGER("organisation_id", 1, INT32_LARGEST,
                                           CI_COLUMN, "Organisation"),
    [CI_API_KEY_ID] = CI_TEXT("key_id", 32, CI_COLUMN | CI_BYTES,
                              "Name of the key for administrators"),
    [CI_API_KEY_USER] = CI_TEXT("user_id", 32, CI_COLUMN | CI_BYTES,
                                "User that the key acts as"),
    [CI_API_KEY_DEFAULT_UNIT] =
        CI_TEXT("default_unit_id", 32, CI_JOINED | CI_NULLABLE,
                "Default unit of the user", .column = "u.default_unit_id"),
    CI_TEXT("label", 100, CI_COLUMN | CI_NULLABLE, "What the key is for"),
    CI_SIMPLE("created_date", CI_TYPE_DATETIME, CI_COLUMN, "When, UTC"),
};
const ci_object_t ci_api_key = {
    .name = "api_key",
    .table = "api_key",
    .joins = "JOIN org_user u ON u.organisation_id = t.organisation_id"
             " AND u.user_id = t.user_id AND u.disabled = 0"
             " JOIN organisation o ON o.organisation_id = t.organisation_id"
             " AND o.disabled = 0",
    .fields = api_key_fields,
    .nfields = CI_ALEN(api_key_fields),
};

static const ci_field_t login_session_fields[] = {
    [CI_SESSION_DIGEST] =
        CI_BLOB("token_digest", 32, CI_COLUMN, "SHA-256 of the token"),
    [CI_SESSION_ORGANISATION] = CI_INTEGER("organisation_id", 1, INT32_LARGEST,
                                           CI_COLUMN, "Organisation"),
    [CI_SESSION_USER] = CI_TEXT("user_id", 32, CI_COLUMN | CI_BYTES, "User"),
    [CI_SESSION_UNIT] = CI_TEXT("unit_id", 32, CI_COLUMN | CI_BYTES, "Unit"),
    [CI_SESSION_CREATED] = CI_SIMPLE("created_date", CI_TYPE_DATETIME,
                                     CI_COLUMN, "When it began, UTC"),
    [CI_SESSION_EXPIRES] = CI_SIMPLE("expires_date", CI_TYPE_DATETIME,
                                     CI_COLUMN, "When it ends, UTC"),
    [CI_SESSION_GROUP] = CI_TEXT("group_id", 32, CI_JOINED, "Group of the unit",
                                 .column = "n.group_id"),
    [CI_SESSION_CLEARANCE] = CI_INTEGER(
        "clearance", INT32_SMALLEST, INT32_LARGEST, CI_JOINED | CI_NULLABLE,
        "Clearance of the unit", .column = "n.clearance"),
    [CI_SESSION_GENERATION] =
        CI_INTEGER("generation", 0, APR_INT64_MAX, CI_JOINED,
                   "Generation of the references", .column = "o.generation",
                   .role = CI_ROLE_GENERATION),
};
const ci_object_t ci_login_session = {
    .name = "login_session",
    .table = "login_session",
    .joins = "JOIN org_user u ON u.organisation_id = t.organisation_id"
             " AND u.user_id = t.user_id AND u.disabled = 0"
             " JOIN org_unit n ON n.organisation_id = t.organisation_id"
             " AND n.unit_id = t.unit_id"
             " JOIN organisation o ON o.organisation_id = t.organisation_id"
             " AND o.disabled = 0",
    .fields = login_session_fields,
    .nfields = CI_ALEN(login_session_fields),
};

static const ci_field_t schema_version_fields[] = {
    [CI_SCHEMA_ID] = CI_INTEGER("id", 1, 1, CI_COLUMN, "The only row"),
    [CI_SCHEMA_VERSION] =
        CI_INTEGER("version", 0, INT32_LARGEST, CI_COLUMN, "Last migration"),
    [CI_SCHEMA_COMPATIBLE_FROM] =
        CI_INTEGER("compatible_from", 0, INT32_LARGEST, CI_COLUMN,
                   "Oldest version whose modules may use it"),
};
const ci_object_t ci_schema_version =
    CI_OBJECT("schema_version", "schema_version", schema_version_fields);
