/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of all objects. The published API calls the fields as it does; the
   columns are those of schema/001_initial.sql. */
#include "model/ci_objects.h"

#define INT32_SMALLEST (-2147483647 - 1)
#define INT32_LARGEST  2147483647

/* Where most fields come from and go to */
#define MEMBER  (CI_INPUT | CI_SHOWN | CI_MEMBER)
#define COLUMN  (CI_INPUT | CI_SHOWN | CI_COLUMN | CI_NULLABLE)
#define SHORTLY (CI_REDUCED | CI_RELATED)

#define UDF_STRING(n)                                                          \
    CI_TEXT("udf_string_" #n, 255, MEMBER, "User defined text " #n)
#define UDF_FLOAT(n)                                                           \
    CI_SIMPLE("udf_float_" #n, CI_TYPE_NUMBER, MEMBER,                         \
              "User defined number " #n)
#define UDF_DATE(n)                                                            \
    CI_SIMPLE("udf_date_" #n, CI_TYPE_DATETIME, MEMBER, "User defined date " #n)

#define FOUR(row, a, b, c, d) row(a), row(b), row(c), row(d)
#define UDF_STRINGS_8         FOUR(UDF_STRING, 1, 2, 3, 4), FOUR(UDF_STRING, 5, 6, 7, 8)
#define UDF_STRINGS_16                                                         \
    UDF_STRINGS_8, FOUR(UDF_STRING, 9, 10, 11, 12),                            \
        FOUR(UDF_STRING, 13, 14, 15, 16)
#define UDF_FLOATS_4 FOUR(UDF_FLOAT, 1, 2, 3, 4)
#define UDF_FLOATS_8 UDF_FLOATS_4, FOUR(UDF_FLOAT, 5, 6, 7, 8)
#define UDF_DATES_4  FOUR(UDF_DATE, 1, 2, 3, 4)
#define UDF_DATES_8  UDF_DATES_4, FOUR(UDF_DATE, 5, 6, 7, 8)

#define CUSTOM_WORDS "CUSTOM1", "CUSTOM2", "CUSTOM3", "CUSTOM4", "CUSTOM5"

static ci_words_t contact_types[] = {
    [CI_WORD_PERSON] = "PERSON", [CI_WORD_COMPANY] = "COMPANY", NULL};
static ci_words_t life_cycle_states[] = {
    [CI_WORD_MARKETING] = "MARKETING", [CI_WORD_FINANCIAL] = "FINANCIAL", NULL};
static ci_words_t actions[] = {[CI_WORD_ADD] = "ADD",
                               [CI_WORD_UPDATE] = "UPDATE",
                               [CI_WORD_REMOVE] = "REMOVE",
                               NULL};
static ci_words_t states[] = {
    [CI_WORD_ACTIVE] = "Active", [CI_WORD_INACTIVE] = "Inactive", NULL};
static ci_words_t genders[] = {"MALE", "FEMALE", NULL};
static ci_words_t address_types[] = {"HOME", "BUSINESS", "POBOX", CUSTOM_WORDS,
                                     NULL};
static ci_words_t phone_types[] = {"LANDLINE", "MOBILE", "FAX", CUSTOM_WORDS,
                                   NULL};
static ci_words_t email_types[] = {"PERSONAL", "BUSINESS", CUSTOM_WORDS, NULL};
static ci_words_t relation_types[] = {
    "FAMILY_MEMBER",  "EXTENDED_FAMILY", "PARTNER", "CLOSE_FRIEND", "FRIEND",
    "WORK_COLLEAGUE", "PARTNER_COMPANY", "CLIENT",  "EMPLOYER",     "EMPLOYEE",
    "BUSINESS",       CUSTOM_WORDS,      NULL};
static ci_words_t languages[] = {
    "ARA", "DAN",        "ENG",     "EST",     "FIN",     "FRA", "DEU", "ELL",
    "JPN", "VIE",        "MAL",     "IND",     "TAI",     "LAV", "LIT", "NNO",
    "POL", "POR",        "RUS",     "SPA",     "SWE",     "UKR", "CMN", "TGL",
    "HIN", CUSTOM_WORDS, "CUSTOM6", "CUSTOM7", "CUSTOM8", NULL};
static ci_words_t key_kinds[] = {
    [CI_WORD_EMAIL] = "EMAIL", [CI_WORD_PHONE] = "PHONE", NULL};

/* ------------------------------------------------------------- contact -- */

static const ci_field_t demographics_fields[] = {
    [CI_SHARED_INDUSTRY] =
        CI_REFERENCE("industry", &ci_industry, MEMBER, "Industry",
                     .request = "industry_identifier"),
    [CI_SHARED_INDUSTRY_SECTOR] = CI_REFERENCE(
        "industry_sector", &ci_industry_sector, MEMBER, "Industry sector",
        .request = "industry_sector_identifier"),
    CI_TOKEN("gender", genders, MEMBER | CI_RELATED, "Gender"),
    CI_TEXT("id_number", 50, COLUMN | CI_RELATED | CI_BYTES | CI_IDENTIFIES,
            "Number of the identity card"),
    CI_TEXT("passport_number", 50,
            COLUMN | CI_RELATED | CI_BYTES | CI_IDENTIFIES,
            "Number of the passport"),
    CI_TEXT("social_security_number", 50,
            COLUMN | CI_RELATED | CI_BYTES | CI_IDENTIFIES,
            "Social security number"),
    CI_REFERENCE("country_of_residence", &ci_country, MEMBER,
                 "Country of residence",
                 .request = "country_of_residence_identifier"),
    CI_REFERENCE("id_issued_by_country", &ci_country, MEMBER,
                 "Country that issued the identity card",
                 .request = "id_issued_by_country_identifier"),
    CI_REFERENCE("passport_issued_by_country", &ci_country, MEMBER,
                 "Country that issued the passport",
                 .request = "passport_issued_by_country_identifier"),
    CI_SIMPLE("date_of_birth", CI_TYPE_DATE, MEMBER | CI_RELATED,
              "Date of birth"),
    CI_SIMPLE("name_day", CI_TYPE_NAME_DAY, MEMBER | CI_RELATED, "Name day"),
};
const ci_object_t ci_demographics =
    CI_OBJECT("demographics", NULL, demographics_fields);

static const ci_field_t company_profile_fields[] = {
    [CI_SHARED_INDUSTRY] =
        CI_REFERENCE("industry", &ci_industry, MEMBER, "Industry",
                     .request = "industry_identifier"),
    [CI_SHARED_INDUSTRY_SECTOR] = CI_REFERENCE(
        "industry_sector", &ci_industry_sector, MEMBER, "Industry sector",
        .request = "industry_sector_identifier"),
    CI_INTEGER("profile_year", 0, 9999, MEMBER, "Year of the profile"),
    CI_SIMPLE("annual_turnover", CI_TYPE_NUMBER, MEMBER, "Annual turnover"),
    CI_SIMPLE("established_date", CI_TYPE_DATETIME, MEMBER,
              "Date of establishment"),
    CI_INTEGER("number_of_employees", 0, INT32_LARGEST, MEMBER,
               "Number of employees"),
    CI_TEXT("registration_number", 50, COLUMN | CI_BYTES | CI_IDENTIFIES,
            "Registration number"),
    CI_TEXT("vat_registration_number", 50, COLUMN | CI_BYTES | CI_IDENTIFIES,
            "VAT registration number"),
    CI_TEXT("vat_registered_by", 100, MEMBER, "Who registered for VAT"),
    CI_SIMPLE("vat_registration_date", CI_TYPE_DATETIME, MEMBER,
              "Date of the VAT registration"),
    CI_TEXT("tax_reference_number", 50, MEMBER, "Tax reference number"),
    CI_REFERENCE("registered_in_country", &ci_country, MEMBER,
                 "Country of registration",
                 .request = "registered_in_country_identifier"),
};
const ci_object_t ci_company_profile =
    CI_OBJECT("company_profile", NULL, company_profile_fields);

/* The first rows of an element that an update finds by id or type */
#define ELEMENT_ROWS(object, choice, type_words, what)                         \
    [CI_ELEMENT_ACTION] =                                                      \
        CI_TOKEN("action", actions, CI_UPDATE, "What to do with the " what,    \
                 .role = CI_ROLE_ACTION),                                      \
    [CI_ELEMENT_CHOICE] = CI_IDENTIFIER(                                       \
        choice, object, CI_UPDATE | CI_REQUIRED,                               \
        "Which " what " to update or remove", .role = CI_ROLE_CHOICE),         \
    [CI_ELEMENT_ID] = CI_TEXT("id", 32, CI_SHOWN | CI_MEMBER | CI_IDENTIFIES,  \
                              "Identifier of the " what, .role = CI_ROLE_KEY), \
    [CI_ELEMENT_TYPE] =                                                        \
        CI_TOKEN("type", type_words, MEMBER | CI_REQUIRED | CI_IDENTIFIES,     \
                 "Type of the " what, .role = CI_ROLE_TYPE),                   \
    [CI_ELEMENT_STATE] =                                                       \
        CI_TOKEN("state", states, CI_SHOWN | CI_MEMBER,                        \
                 "Whether the " what " is in use", .role = CI_ROLE_STATE)

static const ci_field_t address_fields[] = {
    ELEMENT_ROWS(&ci_address, "address_identifier", address_types, "address"),
    CI_TEXT("postal_code", 20, MEMBER, "Postal code"),
    CI_TEXT("street_name", 100, MEMBER | CI_REQUIRED, "Street"),
    CI_TEXT("street_number", 100, MEMBER, "House number"),
    CI_INTEGER("floor", INT32_SMALLEST, INT32_LARGEST, MEMBER, "Floor"),
    CI_TEXT("apartment_number", 100, MEMBER, "Apartment"),
    CI_TEXT("area", 100, MEMBER, "Area"),
    CI_TEXT("town_city", 100, MEMBER, "Town or city"),
    CI_TEXT("district", 100, MEMBER, "District"),
    CI_TEXT("municipality", 100, MEMBER, "Municipality"),
    CI_REFERENCE("country", &ci_country, MEMBER, "Country",
                 .request = "country_identifier"),
    CI_TEXT("po_box", 20, MEMBER, "Post office box"),
    CI_TEXT("po_box_postal_code", 20, MEMBER,
            "Postal code of the post office box"),
    CI_TEXT("care_of", 100, MEMBER, "Care of"),
    UDF_STRINGS_16,
    UDF_FLOATS_4,
    UDF_DATES_4,
};
const ci_object_t ci_address = CI_OBJECT("address", NULL, address_fields);

static const ci_field_t phone_fields[] = {
    ELEMENT_ROWS(&ci_phone, "phone_identifier", phone_types, "phone"),
    [CI_PHONE_NUMBER] =
        CI_TEXT("number", 40, MEMBER | CI_REQUIRED, "Number as given"),
    [CI_PHONE_AREA_CODE] =
        CI_TEXT("area_code", 10, MEMBER,
                "As given, else the calling code of the country"),
    [CI_PHONE_FULL_NUMBER] = CI_TEXT("full_number", 52, CI_SHOWN | CI_NULLABLE,
                                     "00, area code and number"),
    [CI_PHONE_COUNTRY] = CI_REFERENCE("country", &ci_country, MEMBER, "Country",
                                      .request = "country_identifier"),
    CI_TEXT("notes", 4000, MEMBER | CI_MULTILINE, "Notes"),
    UDF_STRINGS_8,
    UDF_FLOATS_4,
    UDF_DATES_4,
};
const ci_object_t ci_phone = CI_OBJECT("phone", NULL, phone_fields);

static const ci_field_t email_fields[] = {
    ELEMENT_ROWS(&ci_email, "email_identifier", email_types, "e-mail"),
    [CI_EMAIL_ADDRESS] =
        CI_TEXT("email", 254, MEMBER | CI_REQUIRED, "E-mail address",
                .request = "email_address", .check = ci_email_valid),
    CI_TEXT("notes", 4000, MEMBER | CI_MULTILINE, "Notes"),
    UDF_STRINGS_8,
    UDF_FLOATS_4,
    UDF_DATES_4,
};
const ci_object_t ci_email = CI_OBJECT("email", NULL, email_fields);

static const ci_field_t relation_fields[] = {
    [CI_RELATION_ACTION] =
        CI_TOKEN("action", actions, CI_UPDATE, "What to do with the relation",
                 .role = CI_ROLE_ACTION),
    [CI_RELATION_CHOICE] = CI_IDENTIFIER(
        "relation_identifier", &ci_relation, CI_UPDATE | CI_REQUIRED,
        "Which relation to update or remove", .role = CI_ROLE_CHOICE),
    [CI_RELATION_ID] =
        CI_TEXT("id", 32, CI_SHOWN | CI_COLUMN | CI_BYTES | CI_IDENTIFIES,
                "Identifier of the relation", .column = "relation_id",
                .role = CI_ROLE_KEY),
    [CI_RELATION_TYPE] = CI_TOKEN("type", relation_types,
                                  CI_INPUT | CI_SHOWN | CI_COLUMN | CI_REQUIRED,
                                  "What the related contact is to this one"),
    [CI_RELATION_NOTES] =
        CI_TEXT("notes", 4000, COLUMN | CI_MULTILINE, "Notes"),
    [CI_RELATION_CONTACT] = CI_NESTED(
        "contact", &ci_contact, CI_SHOWN | CI_BRIEF, "The related contact"),
    [CI_RELATION_IDENTIFIER] = CI_IDENTIFIER(
        "contact_information_identifier", &ci_contact, CI_CREATE | CI_REQUIRED,
        "The contact to relate to", .alias = "contact_information"),
    [CI_RELATION_SEQ] = CI_INTEGER("relation_seq", 0, APR_INT64_MAX, CI_COLUMN,
                                   "Order", .role = CI_ROLE_SEQUENCE),
    [CI_RELATION_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_RELATION_CONTACT_SEQ] = CI_INTEGER(
        "contact_seq", 0, APR_INT64_MAX, CI_COLUMN, "Contact it is seen from"),
    [CI_RELATION_RELATED_SEQ] =
        CI_INTEGER("related_contact_seq", 0, APR_INT64_MAX, CI_COLUMN,
                   "The related contact"),
};
const ci_object_t ci_relation =
    CI_OBJECT("relation", "contact_relation", relation_fields);

#define MARKETING_ROWS(base, name)                                             \
    [(base) + CI_MARKETING_FLAG] = CI_SIMPLE(                                  \
        "send_" name "_marketing_material", CI_TYPE_BOOLEAN,                   \
        CI_SHOWN | CI_MEMBER, "Whether to send " name " marketing material"),  \
              [(base) + CI_MARKETING_DATE] = CI_SIMPLE(                        \
                  name "_marketing_setting_updated_date", CI_TYPE_DATETIME,    \
                  CI_SHOWN | CI_MEMBER, "When that was last set"),             \
              [(base) + CI_MARKETING_USER] = CI_REFERENCE(                     \
                  name "_marketing_setting_updated_by_user", &ci_user,         \
                  CI_SHOWN | CI_MEMBER, "Who set it last")

static const ci_field_t authorization_settings_fields[] = {
    MARKETING_ROWS(0, "direct"),
    MARKETING_ROWS(3, "affiliate"),
};
const ci_object_t ci_authorization_settings =
    CI_OBJECT("authorization_settings", NULL, authorization_settings_fields);

static const ci_field_t log_information_fields[] = {
    [CI_LOG_CREATED_DATE] =
        CI_SIMPLE("created_date", CI_TYPE_DATETIME, CI_SHOWN | CI_COLUMN,
                  "When the contact was created, UTC"),
    [CI_LOG_CREATED_BY_USER] = CI_REFERENCE(
        "created_by_user", &ci_user, CI_SHOWN | CI_COLUMN | CI_BYTES,
        "Who created it", .column = "created_by_user_id"),
    [CI_LOG_CREATED_BY_UNIT] = CI_REFERENCE(
        "created_by_unit", &ci_unit, CI_SHOWN | CI_COLUMN | CI_BYTES,
        "In which unit", .column = "created_by_unit_id"),
    [CI_LOG_UPDATED_DATE] =
        CI_SIMPLE("updated_date", CI_TYPE_DATETIME, CI_SHOWN | CI_COLUMN,
                  "When it was last changed, UTC"),
    [CI_LOG_UPDATED_BY_USER] = CI_REFERENCE(
        "updated_by_user", &ci_user, CI_SHOWN | CI_COLUMN | CI_BYTES,
        "Who changed it last", .column = "updated_by_user_id"),
    [CI_LOG_UPDATED_BY_UNIT] = CI_REFERENCE(
        "updated_by_unit", &ci_unit, CI_SHOWN | CI_COLUMN | CI_BYTES,
        "In which unit", .column = "updated_by_unit_id"),
};
const ci_object_t ci_log_information =
    CI_OBJECT("log_information", NULL, log_information_fields);

static const ci_field_t contact_fields[] = {
    [CI_CONTACT_SEQ] =
        CI_INTEGER("contact_seq", 0, APR_INT64_MAX, CI_COLUMN,
                   "Order of insertion", .role = CI_ROLE_SEQUENCE),
    [CI_CONTACT_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_CONTACT_ID] = CI_TEXT(
        "id", 32, CI_SHOWN | SHORTLY | CI_COLUMN | CI_BYTES | CI_IDENTIFIES,
        "Identifier of the contact", .column = "contact_id",
        .role = CI_ROLE_KEY),
    [CI_CONTACT_VERSION] =
        CI_INTEGER("version", 1, INT32_LARGEST, CI_COLUMN, "Counts changes",
                   .role = CI_ROLE_VERSION),
    [CI_CONTACT_DOCUMENT] =
        CI_TEXT("document", APR_INT32_MAX, CI_COLUMN, "Members as JSON",
                .role = CI_ROLE_DOCUMENT),
    [CI_CONTACT_GENERATION] =
        CI_INTEGER("generation", 0, APR_INT64_MAX, CI_JOINED,
                   "Generation of the references", .column = "o.generation",
                   .role = CI_ROLE_GENERATION),
    [CI_CONTACT_HIERARCHY_LEVEL] = CI_INTEGER(
        "hierarchy_level", INT32_SMALLEST, INT32_LARGEST,
        CI_JOINED | CI_NULLABLE, "Hierarchy level of the privacy level",
        .column = "p.hierarchy_level", .role = CI_ROLE_LEVEL),
    [CI_CONTACT_RELATION_COUNT] =
        CI_INTEGER("relation_count", 0, 65535, CI_COLUMN,
                   "Relations that are seen from the contact"),
    [CI_CONTACT_TYPE] =
        CI_TOKEN("type", contact_types,
                 CI_CREATE | CI_SHOWN | SHORTLY | CI_COLUMN | CI_REQUIRED,
                 "PERSON or COMPANY", .role = CI_ROLE_TYPE),
    [CI_CONTACT_LIFE_CYCLE_STATE] =
        CI_TOKEN("life_cycle_state", life_cycle_states,
                 CI_SHOWN | SHORTLY | CI_COLUMN, "Life cycle state"),
    [CI_CONTACT_NAME] = CI_TEXT("name", 201, CI_SHOWN | SHORTLY,
                                "First and last name, or company name"),
    [CI_CONTACT_FIRST_NAME] =
        CI_TEXT("first_name", 100, COLUMN | SHORTLY | CI_PERSON | CI_REQUIRED,
                "First name"),
    [CI_CONTACT_LAST_NAME] =
        CI_TEXT("last_name", 100, COLUMN | SHORTLY | CI_PERSON | CI_REQUIRED,
                "Last name"),
    [CI_CONTACT_COMPANY_NAME] = CI_TEXT(
        "company_name", 200, COLUMN | SHORTLY | CI_COMPANY | CI_REQUIRED,
        "Name of the company"),
    [CI_CONTACT_ORGANIZATIONAL_UNIT] =
        CI_INTEGER("organizational_unit", 0, 0, CI_SHOWN,
                   "Whether the contact belongs to an organisational unit"),
    [CI_CONTACT_OWNED_BY_GROUP] = CI_REFERENCE(
        "owned_by_group", &ci_group, CI_INPUT | CI_SHOWN | CI_COLUMN | CI_BYTES,
        "Group that owns the contact", .request = "owned_by_group_identifier",
        .column = "owned_by_group_id"),
    [CI_CONTACT_PRIVACY_LEVEL] = CI_REFERENCE(
        "privacy_level", &ci_privacy_level, COLUMN | CI_BYTES, "Privacy level",
        .request = "privacy_level_identifier", .column = "privacy_level_id"),
    [CI_CONTACT_DEMOGRAPHICS] = CI_NESTED(
        "demographics", &ci_demographics,
        MEMBER | CI_COLUMN | SHORTLY | CI_PERSON, "What is known of a person"),
    [CI_CONTACT_COMPANY_PROFILE] =
        CI_NESTED("company_profile", &ci_company_profile,
                  MEMBER | CI_COLUMN | SHORTLY | CI_COMPANY,
                  "What is known of a company"),
    [CI_CONTACT_ADDRESSES] = CI_SET("addresses_set", &ci_address, 50, MEMBER,
                                    "Addresses", .request = "address_set"),
    [CI_CONTACT_PHONES] = CI_SET("phones_set", &ci_phone, 50, MEMBER, "Phones",
                                 .request = "phone_set"),
    [CI_CONTACT_EMAILS] = CI_SET("emails_set", &ci_email, 50, MEMBER, "E-mails",
                                 .request = "email_set"),
    [CI_CONTACT_RELATIONS] = CI_SET("relation_set", &ci_relation, 200,
                                    CI_INPUT | CI_SHOWN, "Relations"),
    [CI_CONTACT_AUTHORIZATION] =
        CI_NESTED("authorization_settings", &ci_authorization_settings,
                  CI_SHOWN | CI_MEMBER, "Consent to marketing"),
    [CI_CONTACT_LOG] =
        CI_NESTED("log_information", &ci_log_information, CI_SHOWN | CI_COLUMN,
                  "Who created and changed the contact, and when"),
    [CI_CONTACT_SEND_DIRECT] =
        CI_SIMPLE("send_direct_marketing_material", CI_TYPE_BOOLEAN, CI_INPUT,
                  "Whether to send direct marketing material"),
    [CI_CONTACT_SEND_AFFILIATE] =
        CI_SIMPLE("send_affiliate_marketing_material", CI_TYPE_BOOLEAN,
                  CI_INPUT, "Whether to send affiliate marketing material"),
    CI_TEXT("title", 50, COLUMN | SHORTLY | CI_PERSON, "Title"),
    CI_TEXT("middle_name", 100, COLUMN | SHORTLY | CI_PERSON, "Middle name"),
    CI_TEXT("notes", 4000, MEMBER | CI_MULTILINE, "Notes"),
    CI_TOKEN("preferred_language", languages, MEMBER, "Preferred language"),
    CI_REFERENCE("category", &ci_category, COLUMN | CI_BYTES, "Category",
                 .request = "category_identifier", .column = "category_id"),
    UDF_STRINGS_16,
    UDF_FLOATS_8,
    UDF_DATES_8,
};
_Static_assert(CI_ALEN(contact_fields) <= 64, "a ci_mask_t holds 64 fields");
const ci_object_t ci_contact = {
    .name = "contact",
    .table = "contact",
    .generation_join =
        "JOIN organisation o ON o.organisation_id = t.organisation_id",
    .level_join = "LEFT JOIN privacy_level p"
                  " ON p.organisation_id = t.organisation_id"
                  " AND p.privacy_level_id = t.privacy_level_id",
    .fields = contact_fields,
    .nfields = CI_ALEN(contact_fields),
};

static const ci_field_t contact_key_fields[] = {
    [CI_KEY_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_KEY_KIND] = CI_TOKEN("kind", key_kinds, CI_COLUMN, "What it is"),
    [CI_KEY_VALUE] = CI_TEXT("value", 254, CI_COLUMN | CI_BYTES,
                             "Folded e-mail address, or digits of a phone"),
    [CI_KEY_CONTACT_SEQ] =
        CI_INTEGER("contact_seq", 0, APR_INT64_MAX, CI_COLUMN, "Contact"),
};
const ci_object_t ci_contact_key =
    CI_OBJECT("contact_key", "contact_key", contact_key_fields);

static const ci_field_t contact_unique_fields[] = {
    [CI_UNIQUE_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_UNIQUE_RULE] = CI_TEXT("rule", 200, CI_COLUMN | CI_BYTES,
                               "The rule as ContactInfoUnique gives it"),
    [CI_UNIQUE_VALUE] =
        CI_BLOB("value", 32, CI_COLUMN, "SHA-256 of the values of its fields"),
    [CI_UNIQUE_CONTACT_SEQ] =
        CI_INTEGER("contact_seq", 0, APR_INT64_MAX, CI_COLUMN, "Contact"),
};
const ci_object_t ci_contact_unique =
    CI_OBJECT("contact_unique", "contact_unique", contact_unique_fields);

static const ci_field_t idempotency_fields[] = {
    [CI_IDEMPOTENCY_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_IDEMPOTENCY_USER] =
        CI_TEXT("user_id", 32, CI_COLUMN | CI_BYTES, "User"),
    [CI_IDEMPOTENCY_OPERATION] =
        CI_TEXT("operation", 100, CI_COLUMN, "Path of the endpoint"),
    [CI_IDEMPOTENCY_KEY] =
        CI_BLOB("key_digest", 32, CI_COLUMN, "SHA-256 of the key"),
    [CI_IDEMPOTENCY_REQUEST] =
        CI_BLOB("request_digest", 32, CI_COLUMN, "SHA-256 of the content"),
    [CI_IDEMPOTENCY_CONTACT] =
        CI_TEXT("contact_id", 32, CI_COLUMN | CI_BYTES | CI_NULLABLE,
                "Contact that the answer is about"),
    [CI_IDEMPOTENCY_STATUS] =
        CI_INTEGER("status", 100, 599, CI_COLUMN, "HTTP status"),
    [CI_IDEMPOTENCY_ANSWER] =
        CI_BLOB("answer", 16777215, CI_COLUMN | CI_NULLABLE, "The answer"),
    [CI_IDEMPOTENCY_CREATED] =
        CI_SIMPLE("created_date", CI_TYPE_DATETIME, CI_COLUMN, "When, UTC"),
};
const ci_object_t ci_idempotency =
    CI_OBJECT("idempotency", "idempotency", idempotency_fields);

static const ci_field_t contact_lock_fields[] = {
    [CI_LOCK_CONTACT_SEQ] =
        CI_INTEGER("contact_seq", 0, APR_INT64_MAX, CI_COLUMN, "Contact",
                   .role = CI_ROLE_SEQUENCE),
    [CI_LOCK_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
};
const ci_object_t ci_contact_lock =
    CI_OBJECT("contact_lock", "contact", contact_lock_fields);

static const ci_field_t photo_fields[] = {
    [CI_PHOTO_FILE_NAME] = CI_TEXT("file_name", 255, CI_SHOWN | CI_COLUMN,
                                   "Name as the client gave it, tamed; with "
                                   "the file id before it in answers"),
    [CI_PHOTO_URL] = CI_TEXT("file_content_url", 1000, CI_SHOWN,
                             "Where the bytes are, without the token"),
    [CI_PHOTO_MIME_TYPE] =
        CI_TEXT("file_mime_type", 100, CI_SHOWN | CI_COLUMN,
                "MIME type by the content", .column = "mime_type"),
    [CI_PHOTO_ID] = CI_TEXT("file_id", 32, CI_COLUMN | CI_BYTES,
                            "Identifier of the file", .role = CI_ROLE_KEY),
    [CI_PHOTO_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_PHOTO_CONTACT_SEQ] =
        CI_INTEGER("contact_seq", 0, APR_INT64_MAX, CI_COLUMN, "Contact"),
    [CI_PHOTO_SIZE] = CI_INTEGER("size", 1, INT32_LARGEST, CI_COLUMN, "Bytes"),
    [CI_PHOTO_CREATED] = CI_SIMPLE("created_date", CI_TYPE_DATETIME, CI_COLUMN,
                                   "When it was added, UTC"),
};
const ci_object_t ci_photo =
    CI_OBJECT("profile_photo", "profile_photo", photo_fields);

static const ci_field_t photo_chunk_fields[] = {
    [CI_CHUNK_ORGANISATION] =
        CI_INTEGER("organisation_id", 1, INT32_LARGEST, CI_COLUMN,
                   "Organisation", .role = CI_ROLE_TENANT),
    [CI_CHUNK_FILE] = CI_TEXT("file_id", 32, CI_COLUMN | CI_BYTES, "File"),
    [CI_CHUNK_NUMBER] = CI_INTEGER("chunk_number", 0, INT32_LARGEST, CI_COLUMN,
                                   "Place in the file, from 0"),
    [CI_CHUNK_DATA] = CI_BLOB("data", 65536, CI_COLUMN, "Bytes"),
};
const ci_object_t ci_photo_chunk =
    CI_OBJECT("profile_photo_chunk", "profile_photo_chunk", photo_chunk_fields);

const ci_object_t *const ci_objects[] = {
    &ci_contact,
    &ci_demographics,
    &ci_company_profile,
    &ci_address,
    &ci_phone,
    &ci_email,
    &ci_relation,
    &ci_authorization_settings,
    &ci_log_information,
    &ci_contact_key,
    &ci_contact_unique,
    &ci_idempotency,
    &ci_contact_lock,
    &ci_photo,
    &ci_photo_chunk,
    &ci_country,
    &ci_industry,
    &ci_industry_sector,
    &ci_category,
    &ci_privacy_level,
    &ci_community,
    &ci_group,
    &ci_unit,
    &ci_user,
    &ci_organisation,
    &ci_user_unit,
    &ci_api_key,
    &ci_login_session,
    &ci_schema_version,
    NULL,
};
