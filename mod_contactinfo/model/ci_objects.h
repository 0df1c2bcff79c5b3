/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_objects.h
 * The tables of all objects: what there is, how it is named, where it lives.
 *
 * A new field is one row in ci_objects.c, and one line of migration if it is a
 * column. Rows that rules across fields must find stand at an index named here;
 * all other rows need no name. Sources: the legacy API's published tables and
 * examples.
 */
#ifndef CI_OBJECTS_H
#define CI_OBJECTS_H

#include "base/ci_record.h"

/* The contact and what it is made of */
extern const ci_object_t ci_contact;
extern const ci_object_t ci_demographics;
extern const ci_object_t ci_company_profile;
extern const ci_object_t ci_address;
extern const ci_object_t ci_phone;
extern const ci_object_t ci_email;
extern const ci_object_t ci_relation;
extern const ci_object_t ci_authorization_settings;
extern const ci_object_t ci_log_information;

/** What list finds contacts by: one row an e-mail, up to three a phone. */
extern const ci_object_t ci_contact_key;

/** The row of a contact without what ci_contact joins to it: locking it locks
    no other row. */
extern const ci_object_t ci_contact_lock;

/* Profile photos and their bytes */
extern const ci_object_t ci_photo;
extern const ci_object_t ci_photo_chunk;

/** What ContactInfoUnique allows once: a rule and the digest of its values. */
extern const ci_object_t ci_contact_unique;

/** Answers of requests that had an Idempotency-Key. */
extern const ci_object_t ci_idempotency;

/* Reference data of an organisation; countries are everyone's */
extern const ci_object_t ci_country;
extern const ci_object_t ci_industry;
extern const ci_object_t ci_industry_sector;
extern const ci_object_t ci_category;
extern const ci_object_t ci_privacy_level;
extern const ci_object_t ci_community;
extern const ci_object_t ci_group;
extern const ci_object_t ci_unit;
extern const ci_object_t ci_user;

/* Who may come in */
extern const ci_object_t ci_organisation;
extern const ci_object_t ci_user_unit;
extern const ci_object_t ci_api_key;
extern const ci_object_t ci_login_session;

extern const ci_object_t ci_schema_version;

/** Every object, ended by NULL; for tests and OpenAPI. */
extern const ci_object_t *const ci_objects[];

/* Indices of words, where code decides by them */
enum { CI_WORD_PERSON, CI_WORD_COMPANY };
enum { CI_WORD_ADD, CI_WORD_UPDATE, CI_WORD_REMOVE };
enum { CI_WORD_ACTIVE, CI_WORD_INACTIVE };
enum { CI_WORD_MARKETING, CI_WORD_FINANCIAL };
enum { CI_WORD_EMAIL, CI_WORD_PHONE };

/* Rows of ci_contact */
enum {
    CI_CONTACT_SEQ,
    CI_CONTACT_ORGANISATION,
    CI_CONTACT_ID,
    CI_CONTACT_VERSION,
    CI_CONTACT_DOCUMENT,
    CI_CONTACT_GENERATION,
    CI_CONTACT_HIERARCHY_LEVEL,
    CI_CONTACT_RELATION_COUNT,
    CI_CONTACT_TYPE,
    CI_CONTACT_LIFE_CYCLE_STATE,
    CI_CONTACT_NAME,
    CI_CONTACT_FIRST_NAME,
    CI_CONTACT_LAST_NAME,
    CI_CONTACT_COMPANY_NAME,
    CI_CONTACT_ORGANIZATIONAL_UNIT,
    CI_CONTACT_OWNED_BY_GROUP,
    CI_CONTACT_PRIVACY_LEVEL,
    CI_CONTACT_DEMOGRAPHICS,
    CI_CONTACT_COMPANY_PROFILE,
    CI_CONTACT_ADDRESSES,
    CI_CONTACT_PHONES,
    CI_CONTACT_EMAILS,
    CI_CONTACT_RELATIONS,
    CI_CONTACT_AUTHORIZATION,
    CI_CONTACT_LOG,
    CI_CONTACT_SEND_DIRECT,
    CI_CONTACT_SEND_AFFILIATE
};

/* Rows that ci_demographics and ci_company_profile share */
enum { CI_SHARED_INDUSTRY, CI_SHARED_INDUSTRY_SECTOR };

/* Rows that ci_address, ci_phone and ci_email share */
enum {
    CI_ELEMENT_ACTION,
    CI_ELEMENT_CHOICE,
    CI_ELEMENT_ID,
    CI_ELEMENT_TYPE,
    CI_ELEMENT_STATE,
    CI_ELEMENT_OWN
};

/* Rows of ci_phone and ci_email behind the shared ones */
enum {
    CI_PHONE_NUMBER = CI_ELEMENT_OWN,
    CI_PHONE_AREA_CODE,
    CI_PHONE_FULL_NUMBER,
    CI_PHONE_COUNTRY
};
enum { CI_EMAIL_ADDRESS = CI_ELEMENT_OWN };

/* Rows of ci_relation */
enum {
    CI_RELATION_ACTION,
    CI_RELATION_CHOICE,
    CI_RELATION_ID,
    CI_RELATION_TYPE,
    CI_RELATION_NOTES,
    CI_RELATION_CONTACT,
    CI_RELATION_IDENTIFIER,
    CI_RELATION_SEQ,
    CI_RELATION_ORGANISATION,
    CI_RELATION_CONTACT_SEQ,
    CI_RELATION_RELATED_SEQ
};

/* Rows of ci_authorization_settings: three for direct, three for affiliate
   marketing */
enum { CI_MARKETING_FLAG, CI_MARKETING_DATE, CI_MARKETING_USER };

/* Rows of ci_log_information */
enum {
    CI_LOG_CREATED_DATE,
    CI_LOG_CREATED_BY_USER,
    CI_LOG_CREATED_BY_UNIT,
    CI_LOG_UPDATED_DATE,
    CI_LOG_UPDATED_BY_USER,
    CI_LOG_UPDATED_BY_UNIT
};

/* Rows of ci_contact_key */
enum { CI_KEY_ORGANISATION, CI_KEY_KIND, CI_KEY_VALUE, CI_KEY_CONTACT_SEQ };

/* Rows of ci_contact_lock */
enum { CI_LOCK_CONTACT_SEQ, CI_LOCK_ORGANISATION };

/* Rows of ci_photo */
enum {
    CI_PHOTO_FILE_NAME,
    CI_PHOTO_URL,
    CI_PHOTO_MIME_TYPE,
    CI_PHOTO_ID,
    CI_PHOTO_ORGANISATION,
    CI_PHOTO_CONTACT_SEQ,
    CI_PHOTO_SIZE,
    CI_PHOTO_CREATED
};

/* Rows of ci_photo_chunk */
enum { CI_CHUNK_ORGANISATION, CI_CHUNK_FILE, CI_CHUNK_NUMBER, CI_CHUNK_DATA };

/* Rows of ci_contact_unique */
enum {
    CI_UNIQUE_ORGANISATION,
    CI_UNIQUE_RULE,
    CI_UNIQUE_VALUE,
    CI_UNIQUE_CONTACT_SEQ
};

/* Rows of ci_idempotency */
enum {
    CI_IDEMPOTENCY_ORGANISATION,
    CI_IDEMPOTENCY_USER,
    CI_IDEMPOTENCY_OPERATION,
    CI_IDEMPOTENCY_KEY,
    CI_IDEMPOTENCY_REQUEST,
    CI_IDEMPOTENCY_CONTACT,
    CI_IDEMPOTENCY_STATUS,
    CI_IDEMPOTENCY_ANSWER,
    CI_IDEMPOTENCY_CREATED
};

/* Rows that all reference data share, and some of single kinds */
enum { CI_REFERENCE_ORGANISATION, CI_REFERENCE_ID, CI_REFERENCE_NAME };
enum { CI_COUNTRY_ID, CI_COUNTRY_TWO_CHARACTER_CODE, CI_COUNTRY_CALLING_CODE };
enum { CI_LEVEL_HIERARCHY = CI_REFERENCE_NAME + 1 };

/* Rows of ci_organisation */
enum {
    CI_ORGANISATION_ID,
    CI_ORGANISATION_NAME,
    CI_ORGANISATION_GENERATION,
    CI_ORGANISATION_DISABLED
};

/* Rows of ci_user */
enum {
    CI_USER_ORGANISATION,
    CI_USER_ID,
    CI_USER_USERNAME,
    CI_USER_PASSWORD_HASH,
    CI_USER_DEFAULT_UNIT,
    CI_USER_DISABLED
};

/* Rows of ci_user_unit */
enum { CI_USER_UNIT_ORGANISATION, CI_USER_UNIT_USER, CI_USER_UNIT_UNIT };

/* Rows of ci_api_key */
enum {
    CI_API_KEY_DIGEST,
    CI_API_KEY_ORGANISATION,
    CI_API_KEY_ID,
    CI_API_KEY_USER,
    CI_API_KEY_DEFAULT_UNIT
};

/* Rows of ci_login_session */
enum {
    CI_SESSION_DIGEST,
    CI_SESSION_ORGANISATION,
    CI_SESSION_USER,
    CI_SESSION_UNIT,
    CI_SESSION_CREATED,
    CI_SESSION_EXPIRES,
    CI_SESSION_GROUP,
    CI_SESSION_CLEARANCE,
    CI_SESSION_GENERATION
};

/* Rows of ci_schema_version */
enum { CI_SCHEMA_ID, CI_SCHEMA_VERSION, CI_SCHEMA_COMPATIBLE_FROM };

#endif
