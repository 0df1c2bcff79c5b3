// SPDX-License-Identifier: Apache-2.0

package main

import "encoding/json"

// What the peer in Go answers: structs for encoding/json. Each has a method
// that lists where the columns of its statement go.

type strings8 struct {
	S1 *string `json:"udf_string_1"`
	S2 *string `json:"udf_string_2"`
	S3 *string `json:"udf_string_3"`
	S4 *string `json:"udf_string_4"`
	S5 *string `json:"udf_string_5"`
	S6 *string `json:"udf_string_6"`
	S7 *string `json:"udf_string_7"`
	S8 *string `json:"udf_string_8"`
}

type strings16 struct {
	strings8
	S9  *string `json:"udf_string_9"`
	S10 *string `json:"udf_string_10"`
	S11 *string `json:"udf_string_11"`
	S12 *string `json:"udf_string_12"`
	S13 *string `json:"udf_string_13"`
	S14 *string `json:"udf_string_14"`
	S15 *string `json:"udf_string_15"`
	S16 *string `json:"udf_string_16"`
}

type floats4 struct {
	F1 *float64 `json:"udf_float_1"`
	F2 *float64 `json:"udf_float_2"`
	F3 *float64 `json:"udf_float_3"`
	F4 *float64 `json:"udf_float_4"`
}

type floats8 struct {
	floats4
	F5 *float64 `json:"udf_float_5"`
	F6 *float64 `json:"udf_float_6"`
	F7 *float64 `json:"udf_float_7"`
	F8 *float64 `json:"udf_float_8"`
}

type dates4 struct {
	D1 *string `json:"udf_date_1"`
	D2 *string `json:"udf_date_2"`
	D3 *string `json:"udf_date_3"`
	D4 *string `json:"udf_date_4"`
}

type dates8 struct {
	dates4
	D5 *string `json:"udf_date_5"`
	D6 *string `json:"udf_date_6"`
	D7 *string `json:"udf_date_7"`
	D8 *string `json:"udf_date_8"`
}

func (s *strings8) columns() []interface{} {
	return []interface{}{&s.S1, &s.S2, &s.S3, &s.S4, &s.S5, &s.S6, &s.S7, &s.S8}
}

func (s *strings16) columns() []interface{} {
	return append(s.strings8.columns(), &s.S9, &s.S10, &s.S11, &s.S12, &s.S13,
		&s.S14, &s.S15, &s.S16)
}

func (f *floats4) columns() []interface{} {
	return []interface{}{&f.F1, &f.F2, &f.F3, &f.F4}
}

func (f *floats8) columns() []interface{} {
	return append(f.floats4.columns(), &f.F5, &f.F6, &f.F7, &f.F8)
}

func (d *dates4) columns() []interface{} {
	return []interface{}{&d.D1, &d.D2, &d.D3, &d.D4}
}

func (d *dates8) columns() []interface{} {
	return append(d.dates4.columns(), &d.D5, &d.D6, &d.D7, &d.D8)
}

// --- look-ups ----------------------------------------------------------------

// named is a category, industry or the like; a country has its codes too.
type named struct {
	ID   *string `json:"id"`
	Name *string `json:"name"`
	Code *string `json:"code"`
}

type sector struct {
	ID              *string `json:"id"`
	Name            *string `json:"name"`
	AlternativeCode *string `json:"alternative_code"`
}

type level struct {
	ID             *string `json:"id"`
	Name           *string `json:"name"`
	Number         *string `json:"number"`
	HierarchyLevel *int    `json:"hierarchy_level"`
}

type country struct {
	ID              *string `json:"id"`
	Name            *string `json:"name"`
	AlternativeCode *string `json:"alternative_code"`
	Two             *string `json:"two_character_code"`
	Three           *string `json:"three_character_code"`
}

type group struct {
	ID              *string `json:"id"`
	Name            *string `json:"name"`
	Description     *string `json:"description"`
	AlternativeCode *string `json:"alternative_code"`
	Community       *string `json:"community_name"`
}

type user struct {
	ID         *string `json:"id"`
	Username   *string `json:"username"`
	PersonName *string `json:"person_name"`
	Email      *string `json:"email"`
}

type unit struct {
	ID              *string `json:"id"`
	Name            *string `json:"name"`
	Description     *string `json:"description"`
	AlternativeCode *string `json:"alternative_code"`
	Group           *string `json:"group_name"`
	Community       *string `json:"community_name"`
}

func (v *named) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.Code}
}

func (v *sector) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.AlternativeCode}
}

func (v *level) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.Number, &v.HierarchyLevel}
}

func (v *country) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.AlternativeCode, &v.Two, &v.Three}
}

func (v *group) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.Description, &v.AlternativeCode,
		&v.Community}
}

func (v *user) columns() []interface{} {
	return []interface{}{&v.ID, &v.Username, &v.PersonName, &v.Email}
}

func (v *unit) columns() []interface{} {
	return []interface{}{&v.ID, &v.Name, &v.Description, &v.AlternativeCode,
		&v.Group, &v.Community}
}

// In the module's documents a look-up is an identifier; memory has the rest.

func (v *country) UnmarshalJSON(text []byte) error {
	return fromMemory(text, func(id string) { *v = lookups.countries[id] })
}

func (v *named) UnmarshalJSON(text []byte) error {
	return fromMemory(text, func(id string) { *v = lookups.industries[id] })
}

func (v *sector) UnmarshalJSON(text []byte) error {
	return fromMemory(text, func(id string) { *v = lookups.sectors[id] })
}

func fromMemory(text []byte, find func(string)) error {
	var id string
	err := json.Unmarshal(text, &id)
	find(id)
	return err
}

// --- contacts ----------------------------------------------------------------

type birth struct {
	Day   int `json:"day"`
	Month int `json:"month"`
	Year  int `json:"year,omitempty"`
}

type demographics struct {
	Industry       *named   `json:"industry"`
	IndustrySector *sector  `json:"industry_sector"`
	Gender         *string  `json:"gender"`
	IDNumber       *string  `json:"id_number"`
	Passport       *string  `json:"passport_number"`
	SocialSecurity *string  `json:"social_security_number"`
	Residence      *country `json:"country_of_residence"`
	IDIssuedBy     *country `json:"id_issued_by_country"`
	PassportBy     *country `json:"passport_issued_by_country"`
	Born           *birth   `json:"date_of_birth"`
	NameDay        *birth   `json:"name_day"`
	DateOfBirth    *string  `json:"born,omitempty"`
	NameDayText    *string  `json:"named,omitempty"`
}

type address struct {
	ID              *string `json:"id"`
	Type            *string `json:"type"`
	State           *string `json:"state"`
	PostalCode      *string `json:"postal_code"`
	StreetName      *string `json:"street_name"`
	StreetNumber    *string `json:"street_number"`
	Floor           *int    `json:"floor"`
	Apartment       *string `json:"apartment_number"`
	Area            *string `json:"area"`
	TownCity        *string `json:"town_city"`
	District        *string `json:"district"`
	Municipality    *string `json:"municipality"`
	POBox           *string `json:"po_box"`
	POBoxPostalCode *string `json:"po_box_postal_code"`
	CareOf          *string `json:"care_of"`
	strings16
	floats4
	dates4
	Country *country `json:"country"`
}

type phone struct {
	ID         *string `json:"id"`
	Type       *string `json:"type"`
	State      *string `json:"state"`
	Number     *string `json:"number"`
	AreaCode   *string `json:"area_code"`
	FullNumber *string `json:"full_number"`
	Notes      *string `json:"notes"`
	strings8
	floats4
	dates4
	Country *country `json:"country"`
}

type email struct {
	ID    *string `json:"id"`
	Type  *string `json:"type"`
	State *string `json:"state"`
	Email *string `json:"email"`
	Notes *string `json:"notes"`
	strings8
	floats4
	dates4
}

type related struct {
	ID             *string `json:"id"`
	Type           *string `json:"type"`
	State          *string `json:"life_cycle_state"`
	Title          *string `json:"title"`
	FirstName      *string `json:"first_name"`
	MiddleName     *string `json:"middle_name"`
	LastName       *string `json:"last_name"`
	CompanyName    *string `json:"company_name"`
	Gender         *string `json:"gender"`
	IDNumber       *string `json:"id_number"`
	Passport       *string `json:"passport_number"`
	SocialSecurity *string `json:"social_security_number"`
	DateOfBirth    *string `json:"date_of_birth"`
	NameDay        *string `json:"name_day"`
}

type relation struct {
	ID      *string `json:"id"`
	Type    *string `json:"type"`
	Notes   *string `json:"notes"`
	Contact related `json:"contact"`
}

type contact struct {
	Seq         int64   `json:"-"`
	ID          *string `json:"id"`
	Type        *string `json:"type"`
	State       *string `json:"life_cycle_state"`
	Title       *string `json:"title"`
	FirstName   *string `json:"first_name"`
	MiddleName  *string `json:"middle_name"`
	LastName    *string `json:"last_name"`
	CompanyName *string `json:"company_name"`
	Notes       *string `json:"notes"`
	Language    *string `json:"preferred_language"`
	Created     *string `json:"created_date"`
	Updated     *string `json:"updated_date"`
	strings16
	floats8
	dates8
	Demographics  demographics `json:"demographics"`
	Category      *named       `json:"category"`
	OwnedByGroup  *group       `json:"owned_by_group"`
	PrivacyLevel  *level       `json:"privacy_level"`
	CreatedByUser *user        `json:"created_by_user"`
	UpdatedByUser *user        `json:"updated_by_user"`
	CreatedByUnit *unit        `json:"created_by_unit"`
	UpdatedByUnit *unit        `json:"updated_by_unit"`
	Addresses     []*address   `json:"addresses_set"`
	Phones        []*phone     `json:"phones_set"`
	Emails        []*email     `json:"emails_set"`
	Relations     []*relation  `json:"relation_set"`
}

func (a *address) columns() []interface{} {
	to := []interface{}{&a.ID, &a.Type, &a.State, &a.PostalCode, &a.StreetName,
		&a.StreetNumber, &a.Floor, &a.Apartment, &a.Area, &a.TownCity,
		&a.District, &a.Municipality, &a.POBox, &a.POBoxPostalCode, &a.CareOf}
	to = append(to, a.strings16.columns()...)
	to = append(to, a.floats4.columns()...)
	return append(to, a.dates4.columns()...)
}

func (p *phone) columns() []interface{} {
	to := []interface{}{&p.ID, &p.Type, &p.State, &p.Number, &p.AreaCode,
		&p.FullNumber, &p.Notes}
	to = append(to, p.strings8.columns()...)
	to = append(to, p.floats4.columns()...)
	return append(to, p.dates4.columns()...)
}

func (e *email) columns() []interface{} {
	to := []interface{}{&e.ID, &e.Type, &e.State, &e.Email, &e.Notes}
	to = append(to, e.strings8.columns()...)
	to = append(to, e.floats4.columns()...)
	return append(to, e.dates4.columns()...)
}

func (r *related) columns() []interface{} {
	return []interface{}{&r.ID, &r.Type, &r.State, &r.Title, &r.FirstName,
		&r.MiddleName, &r.LastName, &r.CompanyName, &r.Gender, &r.IDNumber,
		&r.Passport, &r.SocialSecurity, &r.DateOfBirth, &r.NameDay}
}

func (c *contact) columns() []interface{} {
	d := &c.Demographics
	to := []interface{}{&c.Seq, &c.ID, &c.Type, &c.State, &c.Title,
		&c.FirstName, &c.MiddleName, &c.LastName, &c.CompanyName, &c.Notes,
		&c.Language, &d.Gender, &d.IDNumber, &d.Passport, &d.SocialSecurity,
		&d.DateOfBirth, &d.NameDayText, &c.Created, &c.Updated}
	to = append(to, c.strings16.columns()...)
	to = append(to, c.floats8.columns()...)
	return append(to, c.dates8.columns()...)
}
